// Which profiles recorded changes are about. A change names its profile by an ordinal, and these
// are assigned again by each refold; so the history is divided into eras, each of which ends with a
// record that lists the profiles of its ordinals.

import Bytes
import Profiles
import Storage

/// The profiles that recorded changes of membership refer to, in one numbering for all eras: those that
/// there are by their ordinals and after these, in the order they come up, those that no longer exist.
///
/// For one pass over the history, or for several that are to agree.
package final class RecordedProfiles {
  private let snapshot: Snapshot
  /// The former profiles of the eras in use.
  private var former: [Int: FormerProfiles] = [:]
  /// The numbers and ids of those that no longer exist.
  private var goneNumbers: [ProfileID: ProfileOrdinal] = [:]
  private var goneIDs: [ProfileID] = []

  package init(_ snapshot: Snapshot) { self.snapshot = snapshot }

  private var refolds: [SequenceNumber] { snapshot.scalars.refolds }

  /// The era of what was decided on a record: how many refolds came before it.
  func era(of sequence: SequenceNumber) -> Int { refolds.count { $0 < sequence } }

  /// The profile that had an ordinal in an era.
  ///
  /// - Throws: `.corrupt` if the record that ended the era does not say who the profile was.
  func profile(
    _ ordinal: ProfileOrdinal, in era: Int
  ) throws(StoreError) -> (number: ProfileOrdinal, id: ProfileID) {
    guard era < refolds.count else { return (ordinal, try snapshot.id(of: ordinal)) }
    let record = "record \(refolds[era].value)"
    let found: ProfileID?
    let list = try list(of: era)
    do { found = try list.id(of: ordinal, seed: snapshot.seed) } catch {
      throw StoreError(error, in: record)
    }
    guard let id = found else { throw doesNotSay(refolds[era]) }
    return (try number(of: id), id)
  }

  /// The id of a profile by its number.
  package func id(of number: ProfileOrdinal) throws(StoreError) -> ProfileID {
    guard number.value >= snapshot.profiles.profileCount else {
      return try snapshot.id(of: number)
    }
    return goneIDs[Int(number.value - snapshot.profiles.profileCount)]
  }

  /// The profile that stands for one by now; nil for one that no longer exists.
  package func survivor(of number: ProfileOrdinal) throws(StoreError) -> ProfileOrdinal? {
    guard number.value < snapshot.profiles.profileCount else { return nil }
    return try snapshot.profiles.survivor(of: number)
  }

  private func number(of id: ProfileID) throws(StoreError) -> ProfileOrdinal {
    if let present = try snapshot.profiles.ordinal(of: id) { return present }
    if let known = goneNumbers[id] { return known }
    let number = ProfileOrdinal(snapshot.profiles.profileCount + UInt32(goneIDs.count))
    goneNumbers[id] = number
    goneIDs.append(id)
    return number
  }

  private func list(of era: Int) throws(StoreError) -> FormerProfiles {
    if let known = former[era] { return known }
    // A record that ends an era refers to the next as well; earlier ones are no longer needed.
    former = former.filter { $0.key + 1 == era || $0.key == era + 1 }
    let end = refolds[era]
    var found: FormerProfiles?
    try snapshot.log.scan(from: end, through: end) { (record) throws(StoreError) in
      do throws(DecodeError) {
        try Decision.visitAll(record.decisions) { (_, decision) throws(DecodeError) in
          if case .former(let profiles) = decision { found = profiles }
        }
      } catch {
        throw StoreError(error, in: "record \(end.value)")
      }
    }
    guard let found else { throw doesNotSay(end) }
    former[era] = found
    return found
  }

  private func doesNotSay(_ end: SequenceNumber) -> StoreError {
    StoreError(
      .corrupt,
      "record \(end.value) does not list a profile that changed before it; restore the store from "
        + "a backup")
  }
}
