// What a destination would be sent, without sending it.

@testable import Activation
import Storage

@testable import Cairn
@testable import Engine

extension Snapshot {
  /// The messages to a destination after a cursor, each with the cursor after it.
  func messages(
    to destination: Destination, after cursor: FeedCursor
  ) throws -> [(AudienceMessage, FeedCursor)] {
    var state = DestinationState(
      number: 1, DestinationRecord.Definition(destination: destination, start: .start, fileEnd: 0))
    state.cursor = cursor
    var pass = try DeliveryPass(self, state)
    var result: [(AudienceMessage, FeedCursor)] = []
    try pass.run { (messages, cursor) throws(StoreError) in
      result += messages.map { ($0, cursor) }
    }
    return result
  }
}
