// The audiences of a destination, as its messages and its readers refer to them.

import Audiences
import Bytes
import Engine

extension Destination {
  /// The place of an audience among those that are delivered.
  func place(ofAudience name: String) -> Int {
    audiences.firstIndex { $0.hasSameBytes(as: name) } ?? 0
  }

  /// The audiences of the consent categories that it requires.
  var requiredAudiences: Set<String> { Set(consents.map { ConsentCategory($0).audience }) }

  /// All audiences whose changes can lead to a message: those delivered, suppressed and required.
  var followedAudiences: Set<String> {
    requiredAudiences.union(audiences).union(suppressed)
  }
}
