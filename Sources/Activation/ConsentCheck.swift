// What persons permit, where messages are handed out: in the transaction that records the delivery, on the state that
// it finds.

import Audiences
import Bytes
import Engine
import Profiles
import Roaring
import Storage

/// Whether persons permit what a destination requires.
struct ConsentCheck {
  /// By category: the persons who permit it.
  private let permitted: [Bitmap]
  /// Entries that were withheld and have not been followed by an exit, by profile id and audience.
  private var open: Set<Withheld> = []

  private struct Withheld: Hashable {
    var profile: String
    var audience: String
  }

  /// - Complexity: O(1) for each category, and the timers that have come due since the last input.
  init(_ destination: Destination, in snapshot: Snapshot) throws(StoreError) {
    var permitted: [Bitmap] = []
    for category in destination.consents {
      do throws(StoreError) {
        let audience = try snapshot.consentAudience(category)
        permitted.append(try snapshot.members(of: audience, at: snapshot.asOf))
      } catch {
        // One that is no longer defined is permitted by nobody.
        guard error.code == .noSuchRecord else { throw error }
        permitted.append(Bitmap())
      }
    }
    self.permitted = permitted
  }

  /// What keeps a message from being sent; nil if nothing does.
  ///
  /// An entry is sent only if every category is permitted now. An exit ends what the destination was sent before, and
  /// needs no consent; only that of an entry which was withheld is withheld with it.
  mutating func lacking(_ message: AudienceMessage) -> UInt64? {
    guard !permitted.isEmpty else { return nil }
    let pair = Withheld(profile: message.profileID, audience: message.audience)
    guard message.isEntry else { return open.remove(pair) == nil ? nil : 0 }
    let lacking = lacking(of: message.holder)
    guard lacking != 0 else { return nil }
    open.insert(pair)
    return lacking
  }

  /// A bit for each category that a profile does not permit.
  func lacking(of holder: ProfileOrdinal?) -> UInt64 {
    var lacking: UInt64 = 0
    for (index, persons) in permitted.enumerated() {
      if let holder, persons.contains(holder.value) { continue }
      lacking |= 1 << UInt64(index)
    }
    return lacking
  }
}

extension AudienceMessage {
  /// The record of a message that is withheld.
  func withheld(
    from destination: Destination, at change: FeedCursor, _ lacking: UInt64
  ) -> WithheldMessage {
    WithheldMessage(
      change: change, audience: destination.place(ofAudience: audience), lacking: lacking)
  }
}
