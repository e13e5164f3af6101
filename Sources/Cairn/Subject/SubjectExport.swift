// What a store knows about persons, as files of rows. The records are those that an erasure of the same identifiers
// would remove or reduce: `SubjectManifest` decides both.

import Audiences
import Bytes
import Engine
import Events
import Profiles
import Storage

/// Everything that a snapshot has of some persons.
///
/// Deliveries to destinations are not among it: `Snapshot.visitDeliveries` of `Activation` finds them.
public struct SubjectExport {
  let snapshot: Snapshot
  var manifest: SubjectManifest
  /// Records of the log that are the persons' or name them, counted by `writeRecords`.
  var records = 0

  /// - Parameter identifiers: Any identifiers of the persons.
  /// - Throws: `.noSuchRecord` for a type or a profile id that does not exist, `.outOfOrder` for an account's.
  public init(of identifiers: [Identifier], in snapshot: Snapshot) throws(StoreError) {
    self.snapshot = snapshot
    manifest = try SubjectManifest(of: identifiers, in: snapshot)
  }

  /// The persons, oldest profile first.
  public var profiles: [ProfileOrdinal] { manifest.profiles }

  /// Their identifiers, and those that were given and never seen.
  public var identifiers: [Identifier] { manifest.identifiers }

  /// Whether nothing was found, after `write`.
  public var isEmpty: Bool { profiles.isEmpty && records == 0 }

  /// Writes all rows.
  ///
  /// - Parameter onProgress: Called for each record of the log.
  /// - Complexity: O(log + profiles of the store); memory for the persons' identifiers and known traits, whatever the
  ///   number of their events.
  public mutating func write(
    to rows: inout SubjectRows, onProgress: (LogProgress) -> Void = { _ in }
  ) throws(StoreError) {
    try writeProfiles(to: &rows)
    try writeIdentity(to: &rows)
    try writeState(to: &rows)
    try writeRecords(to: &rows, onProgress)
    try writeMembershipChanges(to: &rows)
  }

  /// Writes the recorded entries and exits, those of profiles that were merged into the persons' included.
  private func writeMembershipChanges(to rows: inout SubjectRows) throws(StoreError) {
    let own = Set(profiles)
    guard !own.isEmpty else { return }
    let recorded = RecordedProfiles(snapshot)
    try snapshot.visitMembershipChanges(of: recorded) { (change) throws(StoreError) in
      guard let survivor = try recorded.survivor(of: change.profile), own.contains(survivor) else {
        return
      }
      try rows.add(to: .audiences) { json in
        json.member("row", "change")
        change.writeMembers(of: .person, to: &json)
      }
    }
  }
}
