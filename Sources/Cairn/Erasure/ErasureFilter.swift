// Who has been erased counts for nothing, whether or not their records have left the log yet: so a fold comes
// to the same state before, during and after that. This is the one place that says what is of the erased;
// ingest, fold, search and verification all ask it, and it asks nothing that was derived.

import Bytes
import Events
import Profiles
import Storage

/// Tells what is of somebody who has been erased, or names them.
///
/// A value: who reads on another thread has a copy.
struct ErasureFilter: Sendable {
  private let key: ErasureKey
  private let hashes: Set<Hash128>
  private let rules: IdentifierRules
  private let reader: IdentifierReader
  private let seed: HashSeed
  private var found = FoundIdentifiers()
  private var scratch: [UInt8] = []
  /// What was said of identifiers lately, by their hashes: people send the same ones again and again.
  private var recent = [Hash128](repeating: Hash128(high: 0, low: 0), count: recentCount)
  private var recentAnswers = [Bool](repeating: false, count: recentCount)

  private static let recentCount = 4096

  /// nil if nobody has been erased.
  ///
  /// - Parameters:
  ///   - hashes: As `Scalars.erased` has them.
  ///   - reader: Reads identifiers by `rules`.
  /// - Throws: `.corrupt` if there are hashes and no key, or one that they were not made with.
  init?(
    _ hashes: [Hash128], key: ErasureKey?, rules: IdentifierRules, reader: IdentifierReader,
    seed: HashSeed
  ) throws(StoreError) {
    guard let first = hashes.first else { return nil }
    guard let key, first == key.check else { throw ErasureKey.damaged }
    self.key = key
    self.hashes = Set(hashes)
    self.rules = rules
    self.reader = reader
    self.seed = seed
  }

  /// Whether a parsed line is of somebody who has been erased.
  mutating func names(
    _ row: EventRow, of parsed: borrowing EventBatch
  ) throws(DecodeError) -> Bool {
    let payload = parsed.payload(of: row)
    guard case .event = row.outcome else { return names(line: payload) }
    return try names(try EventView(payload))
  }

  /// Whether an event carries an identifier that has been erased, also in what a tracking plan left out of it, and
  /// in places where an e-mail address would be its identifier if there were none before them.
  mutating func names(_ event: borrowing EventView) throws(DecodeError) -> Bool {
    if try namesInPayload(event) { return true }
    guard let original = event.originalPayload() else { return false }
    return try namesInPayload(try EventView(original.span.bytes))
  }

  private mutating func namesInPayload(_ event: borrowing EventView) throws(DecodeError) -> Bool {
    try reader.read(event, into: &found)
    for entry in found.entries
    where contains(EventHash.identifier(entry.type, found.value(of: entry), seed: seed)) {
      return true
    }
    for entry in found.former
    where contains(EventHash.identifier(entry.type, found.value(of: entry), seed: seed)) {
      return true
    }
    var isFound = false
    try event.visitEmails { text in
      for entry in rules.entries where !isFound && entry.places.contains(.email) {
        isFound = names(text, as: entry)
      }
    }
    return isFound
  }

  /// Whether a line that was not understood holds an identifier that has been erased, as a text.
  ///
  /// - Complexity: O(pieces of the line) keyed hashes; each text is hashed once.
  mutating func names(line: RawSpan) -> Bool {
    var seen: Set<Hash128> = []
    return LinePieces.contains(line) { piece in
      guard seen.insert(seed.hash(piece, domain: 0)).inserted else { return false }
      // Of types that are no longer in use as well: who was erased by one stays out of the quarantine.
      for entry in rules.entries where names(piece, as: entry) { return true }
      for entry in rules.retired where names(piece, as: entry) { return true }
      return false
    }
  }

  private mutating func names(_ text: RawSpan, as entry: IdentifierRules.Entry) -> Bool {
    // 42.0 in a line that was not understood is the id 42.
    if let number = NumberText.canonical(text), names(number.span.bytes, as: entry) { return true }
    guard reader.normalise(text, as: entry, into: &scratch) else { return false }
    return contains(EventHash.identifier(entry.type, scratch.span.bytes, seed: seed))
  }

  /// A correction without the identifiers that have been erased; nil if it names none of them.
  mutating func rest(of correction: IdentityCorrection) -> IdentityCorrection? {
    var rest = correction
    rest.identifiers.removeAll { names($0) }
    rest.staying.removeAll { names($0) }
    return rest == correction ? nil : rest
  }

  private mutating func names(_ named: IdentityCorrection.Named) -> Bool {
    contains(EventHash.identifier(named.type, named.value.span.bytes, seed: seed))
  }

  /// Whether a record is of somebody who has been erased, or names them.
  mutating func names(_ record: borrowing RecordView) throws(StoreError) -> Bool {
    do throws(DecodeError) {
      switch RecordKind(rawValue: record.kind) {
      case .event: return try names(try EventView(record.payload))
      case .quarantined:
        let line = try QuarantinedLine(record.payload).line
        return names(line: line.span.bytes)
      case .identityCorrection: return rest(of: try IdentityCorrection(record.payload)) != nil
      default: return false
      }
    } catch {
      throw StoreError(error, in: "record \(record.sequence.value)")
    }
  }

  /// Whether an identifier, by its hash in this store, has been erased.
  private mutating func contains(_ identifier: Hash128) -> Bool {
    let place = Int(identifier.low % UInt64(Self.recentCount))
    if recent[place] == identifier { return recentAnswers[place] }
    let answer = hashes.contains(key.hash(identifier))
    recent[place] = identifier
    recentAnswers[place] = answer
    return answer
  }
}

extension Fold {
  /// Whether a parsed line is of somebody who has been erased, and is to be refused.
  func isErased(
    _ row: EventRow, of parsed: borrowing EventBatch
  ) throws(StoreError) -> Bool {
    do { return try erased?.names(row, of: parsed) == true } catch {
      throw StoreError(error, in: "line \(row.line)")
    }
  }
}
