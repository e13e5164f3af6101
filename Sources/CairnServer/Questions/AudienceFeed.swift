// The changes of one audience, in the forms in which they are answered.

import Activation
import Bytes
import Cairn
import Engine
import Hummingbird
import NIOCore
import Profiles
import Storage

/// The part of the change feed that is about one audience.
struct AudienceFeed: Sendable {
  /// The audience, present or past.
  let name: String
  /// The most changes at once.
  let limit: Int

  /// Some changes, in order.
  struct Page: Sendable {
    fileprivate(set) var changes: [(change: RecordedMembershipChange, entity: EntityKind)] = []
    /// The cursor that they come after.
    let start: FeedCursor
    /// Where to continue.
    fileprivate(set) var next: FeedCursor
    /// The last record that was looked at or comes before `next`.
    let last: SequenceNumber

    var isEmpty: Bool { changes.isEmpty }
  }

  /// The changes after a cursor.
  ///
  /// - Throws: 404 for an audience that never existed; 410 below the horizon, with the cursor to begin at.
  func page(after cursor: FeedCursor, of snapshot: Snapshot) async throws -> Page {
    try await Question.reading { try read(after: cursor, of: snapshot) }
  }

  private func read(after cursor: FeedCursor, of snapshot: Snapshot) throws -> Page {
    guard snapshot.hasHadAudience(named: name) else {
      _ = try snapshot.audience(name)
      preconditionFailure("an audience that is there has been defined")
    }
    var page = Page(start: cursor, next: cursor, last: snapshot.lastSequence)
    do throws(StoreError) {
      let found = try snapshot.changes(after: cursor, limit: limit, audience: name)
      page.next = found.next
      for change in found.changes {
        page.changes.append((change, try snapshot.entity(of: change)))
      }
    } catch {
      throw Self.failure(error, of: snapshot)
    }
    return page
  }

  /// What an error of the feed is over HTTP.
  private static func failure(_ error: StoreError, of snapshot: Snapshot) -> ServerError {
    var failure = ServerError(error)
    guard error.code == .gone else { return failure }
    failure.message =
      "the changes after this cursor have been erased or rolled up; read the current members and "
      + "continue from 'next'"
    failure.details = [("next", "\"\(snapshot.lastSequence.value)\"")]
    return failure
  }
}

extension AudienceFeed.Page {
  /// One object: the changes and where to continue.
  var json: JSONBuilder {
    var json = JSONBuilder()
    json.beginObject()
    json.member("changes", arrayOf: changes) { $1.change.write(of: $1.entity, to: &$0) }
    json.member("next", next.description)
    json.endObject()
    return json
  }

  /// Server-sent events: each has the cursor of its change as its id.
  var events: ByteBuffer {
    var buffer = ByteBuffer()
    var json = JSONBuilder()
    for (change, entity) in changes {
      json.removeAll()
      change.write(of: entity, to: &json)
      buffer.writeString("id: \(change.cursor)\nevent: \(change.kindName)\ndata: ")
      buffer.writeBytes(json.bytes)
      buffer.writeString("\n\n")
    }
    return buffer
  }
}
