// What waits in an outbox: one change as it is sent.

import Bytes
import Engine

/// The messages of one change: of one profile, several only where a suppressed audience was entered or left.
///
/// They are sent together, and fail together.
package struct OutboxItem: Equatable, Sendable {
  /// Where the change stands in the log.
  package var address: FeedCursor
  /// The profile whose changes are sent one after the other: the one that stands for the changed one.
  package var profile: ProfileID
  /// Whether it is an entry, of which consent is asked.
  package var isEntry: Bool
  /// The audiences, by their places among those of the destination.
  package var audiences: [Int]
  /// Whether it is the exit of an entry that was withheld.
  package var isMuted = false
  /// Whether it has been sent before, so that the receiver may have it.
  package var wasSent = false
  /// How many messages there are.
  package var messages: Int
  /// The messages as JSON objects, with commas between them.
  package var json: [UInt8]

  package init(
    address: FeedCursor, profile: ProfileID, isEntry: Bool = true, audiences: [Int] = [0],
    messages: Int, json: [UInt8]
  ) {
    self.address = address
    self.profile = profile
    self.isEntry = isEntry
    self.audiences = audiences
    self.messages = messages
    self.json = json
  }

  /// The profile has been merged into another.
  mutating func move(_ moved: [ProfileID: ProfileID]) { profile = moved[profile] ?? profile }
}
