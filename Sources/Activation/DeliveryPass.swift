// From recorded changes to what one destination is sent. A pure function of the log up to a snapshot: cut
// anywhere and begun again, it gives the same messages with the same keys. The identifiers are those that
// the person has by then, so a later snapshot may name more of them under a key.

import Audiences
import Bytes
import Engine
import Profiles
import Roaring
import Storage

/// Walks the change feed from a destination's cursor on and makes its messages.
///
/// A profile counts as a member of an audience while it is in it, in no suppressed audience, and permits each consent
/// category that the destination requires. So entering a suppressed audience, and withdrawing consent, is sent as an
/// exit, and the opposite as an entry.
struct DeliveryPass {
  private let snapshot: Snapshot
  private let state: DestinationState
  private let delivered: Set<String>
  private let keptOut: Set<String>
  /// The audiences of the consent categories that the destination requires.
  private let required: Set<String>
  /// The members of each audience that matters, as of the record before the one in hand.
  private var members: [String: Bitmap] = [:]
  private let recorded: RecordedProfiles
  /// Persons whose messages alone are wanted; nil for all profiles.
  private let wanted: Set<ProfileOrdinal>?

  /// - Parameter wanted: The persons whose messages alone are wanted, those of profiles that were merged into theirs
  ///   included; nil for all profiles.
  /// - Complexity: O(log after the cursor), which is read to find the members at each change.
  init(
    _ snapshot: Snapshot, _ state: DestinationState, of wanted: Set<ProfileOrdinal>? = nil
  ) throws(StoreError) {
    self.wanted = wanted
    try snapshot.check(state.cursor, beginsWithMembers: true)
    self.snapshot = snapshot
    self.state = state
    delivered = Set(state.destination.audiences)
    keptOut = Set(state.destination.suppressed)
    required = state.destination.requiredAudiences
    recorded = RecordedProfiles(snapshot)
    guard state.cursor > .start || snapshot.horizon.value > 0 else { return }
    // The cursor's own record is undone completely: it is processed again from its first change.
    let first = max(state.cursor.sequence, SequenceNumber(1))
    let isCut = state.cursor.index != nil
    members = try snapshot.members(
      of: state.destination.followedAudiences, undoingFrom: first, recorded
    ) {
      isCut || $0.sequence > state.cursor.sequence
    }
  }

  private func matters(_ audience: String) -> Bool {
    delivered.contains(audience) || keptOut.contains(audience) || required.contains(audience)
  }

  /// Makes all messages after the cursor, in the order of the log.
  ///
  /// - Parameter body: Given the messages of one change, none perhaps, and the cursor after it; the
  ///   last cursor is the end of the log.
  mutating func run(
    _ body: ([AudienceMessage], FeedCursor) throws(StoreError) -> Void
  ) throws(StoreError) {
    var record: [RecordedMembershipChange] = []
    var pass = self
    try pass.tellFirstMembers(body)
    let first = max(state.cursor.sequence, SequenceNumber(1))
    let isCut = state.cursor.index != nil
    try snapshot.visitMembershipChanges(from: first, of: recorded) { (change) throws(StoreError) in
      if let last = record.last, last.sequence != change.sequence {
        try pass.finish(record, body)
        record.removeAll(keepingCapacity: true)
      }
      guard isCut || change.sequence > state.cursor.sequence, pass.matters(change.audience) else {
        return
      }
      if try pass.isWanted(change.profile) { record.append(change) }
    }
    try pass.finish(record, body)
    try body([], FeedCursor(sequence: snapshot.lastSequence))
    self = pass
  }

  private func isWanted(_ profile: ProfileOrdinal) throws(StoreError) -> Bool {
    guard let wanted else { return true }
    return try recorded.survivor(of: profile).map(wanted.contains) ?? false
  }

  /// Sends the members as of the horizon as if they had entered with its record: as its changes, in the
  /// order of audiences and profiles, which the log alone decides.
  private func tellFirstMembers(
    _ body: ([AudienceMessage], FeedCursor) throws(StoreError) -> Void
  ) throws(StoreError) {
    let horizon = snapshot.horizon
    guard horizon.value > 0, !state.cursor.covers(horizon, FeedCursor.indexMax) else { return }
    let effective = try snapshot.receivedAt(horizon)
    var index = 0
    for audience in state.destination.audiences {
      for ordinal in members[audience]?.toArray() ?? [] {
        defer { index += 1 }
        let profile = ProfileOrdinal(ordinal)
        guard !state.cursor.covers(horizon, index), !isKeptOut(profile),
          try isWanted(profile)
        else { continue }
        let entry = RecordedMembershipChange(
          sequence: horizon, index: index, audience: audience, profile: profile,
          id: try recorded.id(of: profile), kind: .entered, effective: effective,
          cause: .definition)
        try body([try message(entry)], entry.cursor)
      }
    }
  }

  /// Applies the changes of one record to the state, and makes their messages.
  private mutating func finish(
    _ record: [RecordedMembershipChange],
    _ body: ([AudienceMessage], FeedCursor) throws(StoreError) -> Void
  ) throws(StoreError) {
    guard !record.isEmpty else { return }
    let before = keptOut.isEmpty && required.isEmpty ? [:] : standings(of: record)
    for change in record { apply(change) }
    var lastPlaces: [ProfileOrdinal: Int] = [:]
    for (place, change) in record.enumerated() { lastPlaces[change.profile] = place }
    for (place, change) in record.enumerated()
    where !state.cursor.covers(change.sequence, change.index) {
      var messages: [AudienceMessage] = []
      let was = before[change.profile] ?? Standing()
      if was.isKeptOut != isKeptOut(change.profile) {
        if lastPlaces[change.profile] == place { messages = try outcome(of: change, was) }
      } else if !was.isKeptOut, delivered.contains(change.audience) {
        messages = [try message(change)]
      }
      try body(messages, change.cursor)
    }
  }

  /// How a profile stood before a record.
  private struct Standing {
    var isKeptOut = false
    var audiences: Set<String> = []
  }

  private func standings(
    of record: [RecordedMembershipChange]
  ) -> [ProfileOrdinal: Standing] {
    var result: [ProfileOrdinal: Standing] = [:]
    for change in record where result[change.profile] == nil {
      result[change.profile] = Standing(
        isKeptOut: isKeptOut(change.profile),
        audiences: delivered.filter { isIn($0, change.profile) })
    }
    return result
  }

  /// The effect of a record on a profile that enters or leaves a suppressed audience, or one of consent.
  private func outcome(
    of last: RecordedMembershipChange, _ was: Standing
  ) throws(StoreError) -> [AudienceMessage] {
    var messages: [AudienceMessage] = []
    for audience in state.destination.audiences {
      let wasTold = was.audiences.contains(audience) && !was.isKeptOut
      let isTold = isIn(audience, last.profile) && !isKeptOut(last.profile)
      guard wasTold != isTold else { continue }
      var effect = last
      effect.audience = audience
      if isTold {
        effect.kind = .entered
      } else if effect.kind == .entered {
        effect.kind = .exited
      }
      messages.append(try message(effect))
    }
    return messages
  }

  private mutating func apply(_ change: RecordedMembershipChange) {
    if change.kind == .entered {
      members[change.audience, default: Bitmap()].add(change.profile.value)
    } else {
      members[change.audience, default: Bitmap()].remove(change.profile.value)
    }
  }

  private func isIn(_ audience: String, _ profile: ProfileOrdinal) -> Bool {
    members[audience]?.contains(profile.value) ?? false
  }

  private func isKeptOut(_ profile: ProfileOrdinal) -> Bool {
    keptOut.contains { isIn($0, profile) } || required.contains { !isIn($0, profile) }
  }

  /// What to send for a change.
  ///
  /// An absorbed profile's identifiers are its survivor's, so those are sent with its changes. But
  /// its exit is sent under its own id only while the survivor is in the audience itself: under the
  /// identifiers, the receiver would remove the survivor with it.
  private func message(
    _ change: RecordedMembershipChange
  ) throws(StoreError) -> AudienceMessage {
    let store = ProfileID(snapshot.storeID).description
    var message = AudienceMessage(
      key: AudienceMessage.key(
        store: store, destination: state.number, address: change.cursor.description,
        audience: change.audience),
      isEntry: change.kind == .entered, audience: change.audience, effective: change.effective,
      profileID: change.id.description, cause: change.cause.name,
      address: change.cursor.description, storeID: store)
    if try snapshot.entity(of: change) == .account { message.subject = .account }
    if case .merged(let into) = change.kind { message.mergedInto = into.description }
    let successors = try successors(of: change)
    message.holder = successors.first
    if !message.isEntry, livesOn(change, in: successors) { return message }
    guard let successor = successors.first else { return message }
    for identifier in try snapshot.identifiers(of: successor) {
      message.identifiers.append((identifier.type, identifier.value))
    }
    return message
  }

  /// The profiles that stand for the one that changed by now: itself, what absorbed it since, what it was
  /// merged into then; none if it no longer exists and nothing took its place.
  private func successors(
    of change: RecordedMembershipChange
  ) throws(StoreError) -> [ProfileOrdinal] {
    var successors: [ProfileOrdinal] = []
    if let survivor = try recorded.survivor(of: change.profile) { successors.append(survivor) }
    if case .merged(let into) = change.kind, let next = try snapshot.profiles.profile(id: into),
      !successors.contains(next)
    {
      successors.append(next)
    }
    return successors
  }

  /// Whether a profile that left an audience was absorbed, then or since, by one that is reported as in it.
  private func livesOn(
    _ change: RecordedMembershipChange, in successors: [ProfileOrdinal]
  ) -> Bool {
    successors.contains {
      $0 != change.profile && isIn(change.audience, $0) && !isKeptOut($0)
    }
  }
}
