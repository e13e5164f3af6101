// Stores on the real file system, in a directory that goes with the test.

import Bytes
import Cairn
import Foundation
import Storage
@testable import Engine

/// A directory for one test.
final class TemporaryDirectory {
  let path: String

  init() {
    path = NSTemporaryDirectory() + "cairn-test-" + UUID().uuidString
    try? FileManager.default.createDirectory(
      atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// Where the test's store is to be.
  var store: String { path + "/store" }
}

extension StoreOptions {
  /// Options that make every run the same: a clock that stands in the year 2100, after all events of the tests,
  /// and a known seed.
  static func repeatable(memory: Int? = nil) -> StoreOptions {
    var options = StoreOptions()
    options.environment = .fixed(now: { Timestamp(milliseconds: 4_102_444_800_000) })
    if let memory { options.memoryBytesMax = memory }
    return options
  }
}

extension IngestOptions {
  /// An import of the past in commits of `batch` records.
  static func past(batch: Int = 10_000) -> IngestOptions {
    var options = IngestOptions()
    options.clock = .events
    options.batchRecords = batch
    return options
  }
}

/// Definitions without a file around them.
func definitions(
  traits: [(String, String)] = [], audiences: [(String, String)] = []
) -> [DefinitionText] {
  traits.map { DefinitionText(kind: .trait, name: $0.0, text: $0.1, file: "test") }
    + audiences.map { DefinitionText(kind: .audience, name: $0.0, text: $0.1, file: "test") }
}

/// An instant from its text; a text that is none fails the test by being the earliest instant.
func instant(_ text: String) -> Timestamp { Timestamp(text) ?? .earliest }

extension TemporaryDirectory {
  /// The path of a copy of the test's store as it lies on the disk now.
  func copyOfStore() throws -> String {
    let copy = path + "/copy-" + UUID().uuidString
    try FileManager.default.copyItem(atPath: store, toPath: copy)
    return copy
  }
}
