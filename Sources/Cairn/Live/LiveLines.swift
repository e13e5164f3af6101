// Lines that arrive in parts, as one input of any length: parsed when enough has come, while the part before is
// being committed.

import Bytes
import Engine
import Events
import Storage

/// One input of lines on its way into a live store.
///
/// Used by one task; holds about two parts and the line that is not complete yet.
package final class LiveLines {
  private let store: LiveStore
  private let source: SourceID
  private let parser: EventParser
  private let basis: ParseBasis
  private var pending: [UInt8] = []
  /// The number of the next line, and where it begins.
  private var line = 1
  private var offset = 0
  /// Where the line begins that goes on and is too long to be kept; nil if there is none.
  private var skippedFrom: Int?
  private var inFlight: Task<Result<LiveOutcome, LiveError>, Never>?
  private var outcome = LiveOutcome()

  /// How much is parsed at a time.
  private static let partBytes = 256 << 10

  init(_ store: LiveStore, _ source: SourceID, _ basis: ParseBasis) {
    self.store = store
    self.source = source
    self.basis = basis
    parser = EventParser(
      symbols: basis.symbols, seed: basis.seed, source: source, identifiers: basis.identifiers)
  }

  /// Takes the next part, which may end anywhere.
  ///
  /// - Throws: What the store refuses; what was committed before stays.
  package func append(_ bytes: [UInt8]) async throws(LiveError) {
    pending.append(contentsOf: bytes)
    guard pending.count >= Self.partBytes else { return }
    if let last = pending.lastIndex(of: 0x0A) {
      try await take(last + 1)
    } else if pending.count > EventLimits().lineBytesMax {
      // The rest of the line is read without being kept.
      skippedFrom = skippedFrom ?? offset
      offset += pending.count
      pending.removeAll(keepingCapacity: true)
    }
  }

  /// Takes what is left and waits until everything is durable.
  package func finish() async throws(LiveError) -> LiveOutcome {
    if !pending.isEmpty || skippedFrom != nil { try await take(pending.count) }
    try await settle()
    return outcome
  }

  /// Parses the first bytes of what has come, which are whole lines, and hands them on.
  private func take(_ count: Int) async throws(LiveError) {
    var batch = EventBatch(forBytes: count)
    var start = 0
    if let skippedFrom {
      EventParser.reject(line: line, offset: skippedFrom, into: &batch)
      start = pending.firstIndex(of: 0x0A).map { $0 + 1 } ?? count
      line += 1
      self.skippedFrom = nil
    }
    let part = Array(pending[start..<count])
    parser.parse(part.span.bytes, firstLine: line, firstOffset: offset + start, into: &batch)
    line += part.count { $0 == 0x0A }
    offset += count
    pending.removeFirst(count)
    try await settle()
    let store = store
    let (source, basis) = (source, basis)
    let parsed = batch
    inFlight = Task {
      do throws(LiveError) {
        return .success(try await store.take(parsed, count, basis, source))
      } catch {
        return .failure(error)
      }
    }
  }

  /// Waits for the part before.
  private func settle() async throws(LiveError) {
    guard let result = await inFlight?.value else { return }
    inFlight = nil
    outcome.append(try result.get())
  }
}

extension LiveStore {
  /// Begins an input of lines.
  package func lines(from source: SourceID) -> LiveLines { LiveLines(self, source, board.basis) }
}
