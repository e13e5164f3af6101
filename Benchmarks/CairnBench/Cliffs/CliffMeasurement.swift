// What the events of one shape cost at several sizes.

import Cairn
import Engine
import Foundation
import Storage

/// The cost of an event of a shape, at each size.
struct CliffMeasurement: Codable {
  /// The name of the shape.
  var shape: String
  /// The sizes: how many events came before, and `microseconds` a size.
  var sizes: [Int] = []
  /// CPU time an event, of all threads, of the events just before each size.
  var microseconds: [Double] = []
  /// Changes of membership an event, likewise.
  var changes: [Double] = []
  /// The most anonymous memory while events came in, in bytes.
  var memoryBytesMost = 0
  /// What the memory grew by, from before the first event, an event.
  var memoryBytesPerEvent = 0
  /// Why it was given up, if it was.
  var failure: String?
}

/// Takes the events of a shape into a store of its own.
struct CliffRun {
  let shape: CliffShape
  let sizes: [Int]
  /// How many events are measured before each size.
  let measured: Int
  /// Where lines stand on their way into the store.
  let file: String
  /// An event that costs more ends the run, as the next size would take too long.
  let microsecondsMost: Double

  /// Measures; the store is in `directory`, which is removed.
  func measure(in directory: String) -> CliffMeasurement {
    var result = CliffMeasurement(shape: shape.name)
    try? FileManager.default.removeItem(atPath: directory)
    defer { try? FileManager.default.removeItem(atPath: directory) }
    do {
      try measure(in: directory, into: &result)
    } catch let failure as IngestFailure {
      if case .store(let error) = failure.reason {
        result.failure = "\(error)"
      } else {
        result.failure = "\(failure.reason)"
      }
    } catch { result.failure = "\(error)" }
    return result
  }

  private func measure(in directory: String, into result: inout CliffMeasurement) throws {
    let store = try Store.create(at: directory)
    if let rules = shape.rules {
      _ = try store.apply(
        try IdentityRulesFile.read(rules, file: shape.name), delivering: { (_) in },
        onProgress: { _ in })
    }
    _ = try store.apply(try DefinitionFile.read(shape.definitions, file: shape.name))
    let count = sizes.max() ?? 0
    try take(shape.preparation(count), store)
    let before = MemoryWatch.anonymousBytes
    let watch = MemoryWatch()
    defer {
      result.memoryBytesMost = watch.stop()
      result.memoryBytesPerEvent = max(0, MemoryWatch.anonymousBytes - before) / max(1, count)
    }
    var next = 0
    for size in sizes {
      let start = max(next, size - measured)
      try take((next..<start).map { shape.line($0, count) }, store)
      let lines = (start..<size).map { shape.line($0, count) }
      let (summary, spent) = try take(lines, store)
      let time = spent / Double(lines.count)
      result.sizes.append(size)
      result.microseconds.append(time)
      let changes = summary.memberships
      result.changes.append(
        Double(changes.entered + changes.exited + changes.merged) / Double(lines.count))
      next = size
      if time > microsecondsMost { break }
    }
    try store.close()
  }

  /// Takes lines in.
  ///
  /// - Returns: What came of them, and the CPU time in microseconds.
  @discardableResult
  private func take(_ lines: [String], _ store: Store) throws -> (IngestSummary, Double) {
    guard !lines.isEmpty else { return (IngestSummary(), 0) }
    var options = IngestOptions()
    options.clock = .events
    // By way of a file, so that no more of it is in memory at a time than of any input.
    let path = file
    try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: URL(filePath: path))
    let descriptor = open(path, O_RDONLY)
    guard descriptor >= 0 else { throw CliffError(description: "cannot read \(path)") }
    defer { close(descriptor) }
    let before = CPUTime.now
    let summary = try store.ingest(descriptor: descriptor, options: options)
    let spent = CPUTime.now - before
    guard summary.verdicts.accepted == lines.count else {
      throw CliffError(description: "\(lines.count - summary.verdicts.accepted) events refused")
    }
    return (summary, spent)
  }
}

/// A shape that did not go in as it should.
struct CliffError: Error, CustomStringConvertible {
  let description: String
}

/// CPU time of the process.
enum CPUTime {
  /// Microseconds in user and system mode, of all threads.
  static var now: Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) * 1e6 + Double(time.tv_nsec) / 1e3
  }
}
