// The end of the log as it grows: each event with what became of it and what changed by it.

import Audiences
import Bytes
import Engine
import Events
import Profiles
import Storage

/// One event of the log, or one line in quarantine, with what was decided on its record.
public struct TailEntry: Sendable {
  /// One decision of identity resolution, by names.
  public struct IdentityEntry: Sendable {
    /// What was decided: `created`, `attached`, `linked`, `merged`, `refused`, `blocked`, `joined`,
    /// `unidentified`; by a manual decision `split`, `moved`.
    public var decision: String
    /// The identifiers that it is about.
    public var identifiers: [Identifier] = []
    /// The profile that it is about; of a merge the absorbed one.
    public var profile: ProfileID?
    /// The survivor of a merge; the account that a person joined.
    public var into: ProfileID?
    /// The type of what was refused or blocked.
    public var type: String?
    /// Why it was refused.
    public var because: String?
  }

  /// A profile that the event counts for, by the state of the snapshot.
  public struct Owner: Sendable {
    /// The identifier that leads to it.
    public var identifier: Identifier
    /// Its id.
    public var id: ProfileID
    /// Its traits that the event counts in, with their values.
    public var traits: [ProfileReport.TraitEntry]
  }

  /// The record.
  public var sequence: SequenceNumber
  /// When it was received.
  public var receivedAt: Timestamp
  /// The name of the source.
  public var source: String
  /// What became of it: accepted or quarantined.
  public var verdict: Verdict
  /// The rule or column that a problem is about.
  public var detail = ""
  /// The time that the event counts from; of a line in quarantine that of receipt.
  public var time: Timestamp
  /// The call; nil for a line in quarantine.
  public var type: EventType?
  /// The event's name.
  public var name: String?
  /// The profile that the event belongs to.
  public var owner: Owner?
  /// The account that the event of a person counts for.
  public var account: Owner?
  /// What identity resolution decided; nil if identities have been resolved again since.
  public var identity: [IdentityEntry]?
  /// The memberships that the event changed, in order; nil for a record at or below the horizon.
  public var changes: [(change: RecordedMembershipChange, entity: EntityKind)]?
}

/// A place in the log, and which of the events after it are wanted.
public struct EventTail: Sendable {
  /// How many records are read at once.
  static let recordsMax: UInt64 = 256

  /// The last record that has been passed.
  public private(set) var after: SequenceNumber
  /// The sources that are wanted; empty for all.
  let sources: [String]
  /// The names of events that are wanted; empty for all.
  let names: [String]
  /// What the events that are wanted satisfy; nil for all.
  private(set) var filter: EventFilter?
  private var slots: TraitSlots?

  /// Begins after a record.
  public init(
    after: SequenceNumber, sources: [String] = [], names: [String] = [], filter: EventFilter? = nil
  ) {
    self.after = after
    self.sources = sources
    self.names = names
    self.filter = filter
  }

  /// Whether lines in quarantine are wanted, which have neither name nor members.
  var takesQuarantined: Bool { names.isEmpty && filter == nil }

  /// Gives the next events to `body`, in the order of the log, and moves on after them.
  ///
  /// - Parameter body: Returns whether there is room for more.
  /// - Complexity: O(256 records), each with its profile's traits; memory of one of them.
  public mutating func visit(
    _ snapshot: Snapshot, _ body: (TailEntry) throws(StoreError) -> Bool
  ) throws(StoreError) {
    guard after < snapshot.lastSequence else { return }
    let first = SequenceNumber(after.value + 1)
    var last = min(snapshot.lastSequence, SequenceNumber(after.value + Self.recordsMax))
    let known = slots?.plan === snapshot.plan ? slots : nil
    let slots = known ?? TraitSlots(snapshot)
    self.slots = slots
    filter?.refresh()
    var reader = try TailReader(snapshot, self, slots, from: first, through: last)
    var isFull = false
    try snapshot.log.scan(from: first, through: last) { (record) throws(StoreError) in
      guard !isFull, let entry = try reader.entry(of: record) else { return }
      if try !body(entry) {
        isFull = true
        last = record.sequence
      }
    }
    after = last
  }
}

/// Which traits depend on which aggregates, by one plan.
private struct TraitSlots: Sendable {
  let plan: EvaluationPlan
  let traits: [(name: String, slots: Set<Int>)]

  init(_ snapshot: Snapshot) {
    plan = snapshot.plan
    let definitions = snapshot.definitions
    traits = definitions.traits.map {
      ($0.name, Set(definitions.aggregates(of: $0.expression, $0.entity).map(\.slot)))
    }
  }

  /// The names of the traits that use one of some slots.
  func names(using slots: Set<Int>) -> Set<String> {
    Set(traits.lazy.filter { !$0.slots.isDisjoint(with: slots) }.map(\.name))
  }
}

/// Reads records as entries.
private struct TailReader {
  private let snapshot: Snapshot
  private let tail: EventTail
  private let slots: TraitSlots
  private let sources: [SourceID: String]
  private var changes: [SequenceNumber: [(change: RecordedMembershipChange, entity: EntityKind)]] =
    [:]
  private var found = FoundIdentifiers()

  init(
    _ snapshot: Snapshot, _ tail: EventTail, _ slots: TraitSlots, from first: SequenceNumber,
    through last: SequenceNumber
  ) throws(StoreError) {
    self.snapshot = snapshot
    self.tail = tail
    self.slots = slots
    sources = snapshot.sourceNames
    let entities = Dictionary(
      snapshot.plan.audiences.map { ($0.name, $0.entity) }, uniquingKeysWith: { first, _ in first })
    var found = changes
    try snapshot.visitMembershipChanges(from: first, through: last) { (change) throws(StoreError) in
      // What time ended before an event is recorded with it, and not its doing.
      guard change.cause == .event || change.cause == .merge else { return }
      found[change.sequence, default: []].append((change, entities[change.audience] ?? .person))
    }
    changes = found
  }

  /// The entry of a record; nil for one that is not wanted.
  mutating func entry(of record: borrowing RecordView) throws(StoreError) -> TailEntry? {
    let source = sources[record.source] ?? ""
    guard tail.sources.isEmpty || tail.sources.contains(where: { $0.hasSameBytes(as: source) })
    else { return nil }
    switch RecordKind(rawValue: record.kind) {
    case .event: return try event(record, from: source)
    case .quarantined where tail.takesQuarantined:
      do throws(DecodeError) {
        let line = try QuarantinedLine(record.payload)
        return TailEntry(
          sequence: record.sequence, receivedAt: record.receivedAt, source: source,
          verdict: .quarantined(record.sequence, line.problem), detail: line.detail,
          time: record.receivedAt, identity: [], changes: [])
      } catch {
        throw StoreError(error, in: "record \(record.sequence.value)")
      }
    default: return nil
    }
  }

  private mutating func event(
    _ record: borrowing RecordView, from source: String
  ) throws(StoreError) -> TailEntry? {
    var entry = TailEntry(
      sequence: record.sequence, receivedAt: record.receivedAt, source: source,
      verdict: .accepted(record.sequence), time: record.receivedAt)
    let symbol: Symbol?
    do throws(DecodeError) {
      let event = try EventView(record.payload)
      symbol = event.name
      entry.name = try event.withName(snapshot.names) { $0.toString() }
      let name = entry.name ?? ""
      guard tail.names.isEmpty || tail.names.contains(where: { $0.hasSameBytes(as: name) })
      else { return nil }
      if let filter = tail.filter, try !filter.matches(event) { return nil }
      entry.type = event.type
      entry.time = event.clock(receivedAt: record.receivedAt).time
      try snapshot.identifierReader.read(event, into: &found)
    } catch {
      throw StoreError(error, in: "record \(record.sequence.value)")
    }
    let touched = slots.names(using: try matches(of: record, named: symbol, at: entry.time))
    // The home: what was refused of an event has a lower priority, and what is blocked is not found.
    if let home = found.entries.first {
      entry.owner = try owner(home, touched)
      if let account = found.account { entry.account = try owner(account, touched) }
    } else if let account = found.account {
      entry.owner = try owner(account, touched)
    }
    entry.identity = try identity(of: record)
    if record.sequence > snapshot.horizon { entry.changes = changes[record.sequence] ?? [] }
    return entry
  }

  /// The slots of the aggregates that an event has a part in.
  private func matches(
    of record: borrowing RecordView, named symbol: Symbol?, at time: Timestamp
  ) throws(StoreError) -> Set<Int> {
    let (plan, now) = (slots.plan, snapshot.asOf)
    var result: Set<Int> = []
    for slot in plan.slots(forEventNamed: symbol) {
      guard plan.scopes[Int(slot)] == .person || found.account != nil,
        let aggregate = plan.aggregates[Int(slot)], aggregate.spec.window.holds(time, at: now),
        let amount = try snapshot.amount(of: record, aggregate, at: time, now: now),
        aggregate.spec.hasPart(amount)
      else { continue }
      result.insert(Int(slot))
    }
    return result
  }

  /// The profile of an identifier; nil if it has none any more.
  private func owner(
    _ identifier: FoundIdentifiers.Entry, _ touched: Set<String>
  ) throws(StoreError) -> TailEntry.Owner? {
    let hash = EventHash.identifier(
      identifier.type, found.value(of: identifier), seed: snapshot.seed)
    guard let ordinal = try snapshot.profiles.identifierOrdinal(hash) else { return nil }
    let profile = try snapshot.profiles.presentProfile(of: ordinal)
    return TailEntry.Owner(
      identifier: try snapshot.identifier(ordinal), id: try snapshot.id(of: profile),
      traits: touched.isEmpty
        ? []
        : try snapshot.traitEntries(
          of: snapshot.profiles.subject(profile), at: snapshot.asOf, named: touched))
  }

  // MARK: Identity

  /// What was decided on the identity of an event, which `found` holds; nil if the numbers in it are those of profiles
  /// before they were derived again.
  private func identity(
    of record: borrowing RecordView
  ) throws(StoreError) -> [TailEntry.IdentityEntry]? {
    if let refold = snapshot.scalars.refolds.last, record.sequence <= refold { return nil }
    var decisions: [IdentityDecision] = []
    do throws(DecodeError) {
      try Decision.visitAll(record.decisions) { (_, decision) throws(DecodeError) in
        if case .identity(let decision) = decision { decisions.append(decision) }
      }
    } catch {
      throw StoreError(error, in: "record \(record.sequence.value)")
    }
    var entries: [TailEntry.IdentityEntry] = []
    for decision in decisions { entries.append(try named(decision)) }
    return entries
  }

  private func named(
    _ decision: IdentityDecision
  ) throws(StoreError) -> TailEntry.IdentityEntry {
    let types = snapshot.scalars.identityRules.identifiers
    switch decision {
    case .created(let profile): return .init(decision: "created", profile: try id(profile))
    case .attached(let identifier, let profile):
      return .init(
        decision: "attached", identifiers: [try name(identifier)], profile: try id(profile))
    case .linked(let one, let other, _, _):
      return .init(decision: "linked", identifiers: [try name(one), try name(other)])
    case .merged(let profile, let survivor), .split(let profile, let survivor):
      var isMerge = false
      if case .merged = decision { isMerge = true }
      return .init(
        decision: isMerge ? "merged" : "split", profile: try id(profile), into: try id(survivor))
    case .demoted(let index, let type, let reason):
      var entry = TailEntry.IdentityEntry(
        decision: "refused", type: types.name(of: type), because: snapshot.words(reason))
      if Int(index) < found.entries.count {
        let refused = found.entries[Int(index)]
        entry.identifiers = [
          Identifier(
            type: refused.type.rawValue, value: found.value(of: refused).toString(),
            rules: snapshot.scalars.identityRules)
        ]
      }
      return entry
    case .blocked(let type): return .init(decision: "blocked", type: types.name(of: type))
    case .moved(let identifier, let profile):
      return .init(decision: "moved", identifiers: [try name(identifier)], into: try id(profile))
    case .joined(let identifier, let account):
      return .init(decision: "joined", identifiers: [try name(identifier)], into: try id(account))
    case .unidentified: return .init(decision: "unidentified")
    }
  }

  private func id(_ profile: ProfileOrdinal) throws(StoreError) -> ProfileID {
    try snapshot.id(of: profile)
  }

  private func name(_ identifier: IdentifierOrdinal) throws(StoreError) -> Identifier {
    try snapshot.identifier(identifier)
  }
}
