// The partition of a store against the truth that `cairn generate` writes.

import ArgumentParser
import Bytes
import Cairn
import Engine
import Foundation
import Profiles
import Storage

/// Compares who is who in a store with the truth.
struct CheckPartition: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Check that a store's profiles are those of the truth, event by event.",
    discussion: """
      Example: cairn-bench check store truth.csv
      """)

  @Argument(help: "The store.")
  var store: String

  @Argument(help: "What 'cairn generate --truth' wrote for the events of the store.")
  var truth: String

  func run() throws {
    guard var rows = TruthRows(path: truth) else { throw ValidationError("cannot read \(truth)") }
    let store = try Store.open(at: store)
    let snapshot = try store.snapshot()
    var profileOf: [UInt64: ProfileOrdinal] = [:]
    var labels = [UInt64](repeating: .max, count: Int(snapshot.profileCount))
    var events = 0
    var wrong = 0
    var unknown = 0
    // Events stand in the log in the order in which they were generated, as the truth's rows do.
    try snapshot.visitEventOwners { (_, id, profile) throws(StoreError) in
      events += 1
      guard let row = rows.next(), row.messageID.span.bytes.elementsEqual(id) else {
        unknown += 1
        return
      }
      let label = labels[Int(profile.value)]
      if label == .max { labels[Int(profile.value)] = row.profile }
      let known = profileOf.updateValue(profile, forKey: row.profile) ?? profile
      if known != profile || (label != .max && label != row.profile) { wrong += 1 }
    }
    let missing = rows.next() == nil ? 0 : 1 + rows.countRest()
    try store.close()
    print("events \(events)  profiles \(profileOf.count)  wrong \(wrong)")
    guard wrong == 0, unknown == 0, missing == 0 else {
      print("the partition differs: \(unknown) events out of place, \(missing) missing")
      throw ExitCode(1)
    }
    print("the partition is the truth")
  }
}

/// The rows of a truth file, one after another.
struct TruthRows {
  struct Row {
    var messageID: [UInt8]
    /// Person and part, as one number.
    var profile: UInt64
  }

  private let bytes: Data
  private var offset: Int

  /// Maps the file and passes over its header.
  init?(path: String) {
    guard let data = try? Data(contentsOf: URL(filePath: path), options: .alwaysMapped),
      let end = data.firstIndex(of: 0x0A)
    else { return nil }
    bytes = data
    offset = end + 1
  }

  /// `message id, person, person.part`.
  mutating func next() -> Row? {
    guard offset < bytes.count else { return nil }
    var id: [UInt8] = []
    id.reserveCapacity(36)
    var commas = 0
    var number: UInt64 = 0
    while offset < bytes.count {
      let byte = bytes[offset]
      offset += 1
      if byte == 0x0A { break }
      if byte == 0x2C {
        commas += 1
      } else if commas == 0 {
        id.append(byte)
      } else if commas == 2, byte != 0x2E {
        number = number &* 10 &+ UInt64(byte &- 0x30)
      }
    }
    return Row(messageID: id, profile: number)
  }

  mutating func countRest() -> Int {
    var count = 0
    while next() != nil { count += 1 }
    return count
  }
}
