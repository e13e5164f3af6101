// Every event with the profile that it belongs to: the partition as a whole, to be compared with what is
// known from elsewhere.

import Bytes
import Engine
import Events
import Profiles
import Storage

extension Snapshot {
  /// Visits every event in log order, with its message id and the profile that it belongs to; events that by
  /// the rules in force belong to nobody are skipped.
  ///
  /// - Throws: what `body` throws.
  /// - Complexity: O(log); memory of four bytes per event.
  public func visitEventOwners(
    _ body: (SequenceNumber, _ messageID: RawSpan, ProfileOrdinal) throws(StoreError) -> Void
  ) throws(StoreError) {
    guard lastSequence.value > 0 else { return }
    let nobody = UInt32.max
    var owners = [UInt32](repeating: nobody, count: Int(lastSequence.value) + 1)
    for value in 0..<profiles.profileCount {
      let profile = ProfileOrdinal(value)
      guard try profiles.survivor(of: profile) == profile else { continue }
      for home in try profiles.identifiers(of: profile) {
        try profiles.visitEvents(ofHome: home) { owners[Int($0.sequence.value)] = value }
      }
    }
    var id = ByteWriter(capacity: 64)
    try log.scan(from: SequenceNumber(1), through: lastSequence) { (record) throws(StoreError) in
      let owner = owners[Int(record.sequence.value)]
      guard record.kind == RecordKind.event.rawValue, owner != nobody else { return }
      id.removeAll()
      do throws(DecodeError) {
        try EventView(record.payload).messageID.writeText(to: &id)
      } catch {
        throw StoreError(error, in: "record \(record.sequence.value)")
      }
      try body(record.sequence, id.bytes.span.bytes, ProfileOrdinal(owner))
    }
  }

  /// How many profiles there have been, absorbed ones included: their ordinals are smaller.
  public var profileCount: UInt32 { profiles.profileCount }

  /// Whether a profile is still there: it has not been absorbed.
  public func isAlive(_ profile: ProfileOrdinal) throws(StoreError) -> Bool {
    try profiles.survivor(of: profile) == profile
  }

  /// The number of events of a profile.
  public func eventCount(of profile: ProfileOrdinal) throws(StoreError) -> UInt64 {
    var count: UInt64 = 0
    for home in try profiles.identifiers(of: profile) {
      count += try profiles.identifierRow(home) { (row) throws(DecodeError) in row.eventCount }
    }
    return count
  }
}
