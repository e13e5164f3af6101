// Reading the feed for an outbox, on a snapshot and away from the thread that writes.

import Bytes
import Engine
import Profiles
import Storage

/// What an outbox wants to read.
package struct FeedQuestion: Sendable {
  package var number: UInt32
  package var destination: Destination
  /// Where to begin.
  package var after: FeedCursor
  /// Everything after this is wanted.
  package var cursor: FeedCursor
  /// What is wanted before it.
  package var wanted: Set<FeedCursor>
  /// The profiles of changes that wait.
  package var profiles: [ProfileID]
}

/// A part of the answer.
package struct FeedChunk: Sendable {
  /// Changes with their messages, in order.
  package var items: [OutboxItem] = []
  /// Everything up to here has been read.
  package var through: FeedCursor
  /// Profiles that were merged into others.
  package var moved: [ProfileID: ProfileID] = [:]
}

extension FeedCursor {
  /// The place just before a change, from which reading finds it.
  var before: FeedCursor {
    if let index, index > 0, let place = FeedCursor(sequence: sequence, index: index - 1) {
      return place
    }
    return FeedCursor(sequence: SequenceNumber(sequence.value - min(sequence.value, 1)))
  }
}

extension Snapshot {
  /// Bytes of messages that are handed over together.
  private static let chunkBytes = 128 << 10
  /// Thrown to end a pass early.
  private static let ended = StoreError(.outOfOrder, "the reading was ended")

  /// Reads what an outbox asks for.
  ///
  /// - Parameter body: Given the parts in order; returns false to end early.
  /// - Throws: `.gone` if what follows the cursor has been erased or rolled up.
  /// - Complexity: O(log after the beginning).
  package func read(
    _ question: FeedQuestion, _ body: (FeedChunk) -> Bool
  ) throws(StoreError) {
    var chunk = FeedChunk(through: question.after)
    for profile in question.profiles {
      guard let survivor = try profiles.profile(id: profile) else { continue }
      let id = try self.id(of: survivor)
      if id != profile { chunk.moved[profile] = id }
    }
    let after = begin(of: question)
    guard try matters(question, after: after) else {
      chunk.through = FeedCursor(sequence: lastSequence)
      _ = body(chunk)
      return
    }
    let state = DestinationState(
      number: question.number, destination: question.destination, cursor: after)
    var pass = try DeliveryPass(self, state)
    var bytes = 0
    do throws(StoreError) {
      try pass.run { (messages, cursor) throws(StoreError) in
        if !messages.isEmpty, cursor > question.cursor || question.wanted.contains(cursor) {
          let item = try self.item(messages, at: cursor, for: question.destination)
          bytes += item.json.count
          chunk.items.append(item)
        }
        chunk.through = cursor
        guard bytes >= Self.chunkBytes || cursor.index == nil else { return }
        if !body(chunk) || (isAwaited && cursor.index != nil) { throw Self.ended }
        chunk = FeedChunk(through: cursor)
        bytes = 0
      }
    } catch {
      guard error == Self.ended else { throw error }
    }
  }

  /// Where reading can begin: what was erased is not there.
  private func begin(of question: FeedQuestion) -> FeedCursor {
    // The members as of the horizon are changes of it, which come before everything.
    if question.after.sequence < horizon, question.cursor.sequence >= horizon {
      let isWantedThere = question.wanted.contains { $0.sequence == horizon }
      return isWantedThere ? .start : FeedCursor(sequence: horizon)
    }
    return question.after
  }

  /// Whether anything after a place can matter, which is found out without counting members.
  private func matters(
    _ question: FeedQuestion, after cursor: FeedCursor
  ) throws(StoreError) -> Bool {
    guard cursor > .start, horizon <= cursor.sequence else { return true }
    let names = question.destination.followedAudiences
    var isFound = false
    do throws(StoreError) {
      try visitMembershipChanges(from: cursor.sequence) { (change) throws(StoreError) in
        guard !cursor.covers(change.sequence, change.index), names.contains(change.audience) else {
          return
        }
        isFound = true
        throw Self.ended
      }
    } catch {
      guard error == Self.ended else { throw error }
    }
    return isFound
  }

  /// The messages of a change as they are sent.
  private func item(
    _ messages: [AudienceMessage], at address: FeedCursor, for destination: Destination
  ) throws(StoreError) -> OutboxItem {
    var json = ByteWriter()
    for message in messages {
      if json.count > 0 { json.truncate(to: json.count - 1) }
      if json.count > 0 { json.append(",") }
      message.write(as: destination.form, to: &json)
    }
    json.truncate(to: json.count - 1)
    let own = messages.first.flatMap { ProfileID(hex: $0.profileID) } ?? ProfileID(storeID)
    let survivor = try profiles.profile(id: own)
    let profile = try survivor.map { (ordinal) throws(StoreError) in try id(of: ordinal) } ?? own
    return OutboxItem(
      address: address, profile: profile, isEntry: messages.contains { $0.isEntry },
      audiences: messages.map { destination.place(ofAudience: $0.audience) },
      messages: messages.count, json: json.bytes)
  }
}
