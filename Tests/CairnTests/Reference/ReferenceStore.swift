// The whole store worked out by brute force: arrays of events, and every instant at which anything can
// change tried for every profile it can change for. Shares no code with the library.

/// A change of membership as the reference expects it.
struct ReferenceChange: Equatable, CustomStringConvertible {
  enum Kind: Equatable {
    case entered, exited
    case merged(into: Int)
  }

  enum Cause: String {
    case event, timer, definition, merge
  }

  var sequence: UInt64
  var audience: String
  var profile: Int
  var kind: Kind
  var effective: Int64
  var cause: Cause

  var description: String { "#\(sequence) \(profile) \(kind) \(audience) at \(effective) \(cause)" }
}

/// What becomes of a line.
enum ReferenceVerdict: Equatable {
  case accepted(UInt64)
  case duplicate(of: UInt64, isSame: Bool)
  case quarantined(UInt64)
}

/// One line of an input.
enum ReferenceLine: Equatable {
  case event(SentEvent)
  /// Something that is not an event.
  case broken(String)

  var text: String {
    switch self {
    case .event(let event): event.json
    case .broken(let text): text
    }
  }
}

/// The reference.
struct ReferenceStore {
  struct Membership: Equatable {
    var since: Int64
    var cause: ReferenceChange.Cause
  }

  struct Audience {
    var name: String
    var number: Int
    var rule: ReferenceRule
    var isOfAccounts = false
  }

  typealias Trait = (name: String, aggregate: ReferenceAggregate, isOfAccounts: Bool)

  private struct Message {
    var sequence: UInt64
    var text: String
  }

  private(set) var now = Int64.min
  private(set) var sequence: UInt64 = 0
  private var eventsOfProfile: [Int: [KeptEvent]] = [:]
  private(set) var quarantined = 0
  private(set) var profileCount = 0
  private(set) var traits: [Trait] = []
  /// The events that count for each account, by its ordinal.
  private var eventsOfAccount: [Int: [KeptEvent]] = [:]
  private(set) var audiences: [Audience] = []
  /// By profile, then by the audience's number.
  private(set) var members: [Int: [Int: Membership]] = [:]
  private(set) var changes: [ReferenceChange] = []
  private(set) var profileOfIdentifier: [String: Int] = [:]
  /// By both identifiers in alphabetical order: sequence and time of the first event that carried them,
  /// one of them being its home.
  private(set) var links: [String: String] = [:]
  private var absorbedBy: [Int: Int] = [:]
  /// The time of the event that showed an identifier first, from then on in a profile.
  private var joinedAt: [String: Int64] = [:]
  private var sources: Set<String> = []
  private var messages: [String: Message] = [:]
  private var nextAudience = 0

  // MARK: - Lookups

  /// All events, in no particular order.
  var events: [KeptEvent] { eventsOfProfile.values.flatMap { $0 } }

  /// The persons and accounts that are not absorbed, oldest first.
  var profiles: [Int] { Set(profileOfIdentifier.values).sorted() }

  func identifiers(of profile: Int) -> Set<String> {
    Set(profileOfIdentifier.filter { $0.value == profile }.keys)
  }

  /// Follows merges from a profile that may have been absorbed.
  func survivor(of profile: Int) -> Int {
    var current = profile
    while let next = absorbedBy[current] { current = next }
    return current
  }

  func events(of profile: Int) -> [KeptEvent] { eventsOfProfile[profile] ?? [] }

  /// Whether an ordinal is that of an account.
  func isAccount(_ profile: Int) -> Bool { eventsOfAccount[profile] != nil }

  /// By account, then by member: the member's events that count for the account.
  private var eventsOfMember: [Int: [Int: [KeptEvent]]] = [:]
  private var accountsOfPerson: [Int: [Int]] = [:]

  private mutating func groupByMember() {
    accountsOfPerson = [:]
    for (account, events) in eventsOfAccount {
      eventsOfMember[account] = Dictionary(grouping: events) { profileOfIdentifier[$0.home] ?? -1 }
    }
    for account in eventsOfAccount.keys.sorted() {
      for person in members(of: account) { accountsOfPerson[person, default: []].append(account) }
    }
  }

  /// The persons of an account's events, oldest first.
  private func members(of account: Int) -> [Int] { eventsOfMember[account]?.keys.sorted() ?? [] }

  /// The accounts that events of a person count for, oldest first.
  private func accounts(of person: Int) -> [Int] { accountsOfPerson[person] ?? [] }

  /// A person or an account at an instant.
  func subject(_ profile: Int, at instant: Int64) -> ReferenceSubject {
    let events = eventsOfAccount[profile] ?? events(of: profile)
    return ReferenceSubject(
      value: { self.value($0, events, at: instant) },
      others: {
        self.isAccount(profile)
          ? self.members(of: profile).map { self.member($0, of: profile, at: instant) }
          : self.accounts(of: profile).map { self.subject($0, at: instant) }
      })
  }

  /// A person as a member: its events in the account, but its traits as of everywhere.
  private func member(_ person: Int, of account: Int, at instant: Int64) -> ReferenceSubject {
    let here = eventsOfMember[account]?[person] ?? []
    let everywhere = events(of: person)
    return ReferenceSubject(
      value: { operand in
        if case .trait = operand { return self.value(operand, everywhere, at: instant) }
        return self.value(operand, here, at: instant)
      }, others: { [] })
  }

  /// The profiles whose rules an event of a person may concern: the person, its accounts, their members.
  private func concerned(by person: Int) -> [Int] {
    let accounts = accounts(of: person)
    let others = Set(accounts.flatMap { members(of: $0) }).subtracting([person])
    return [person] + accounts + others.sorted()
  }

  private func value(
    _ operand: ReferenceRule.Operand, _ events: [KeptEvent], at instant: Int64
  ) -> ReferenceValue {
    switch operand {
    case .aggregate(let aggregate): aggregate.value(events, now: instant)
    case .since(let count, let isFirst):
      .elapsed(count.moment(events, now: instant, isFirst: isFirst).map { instant - $0 })
    case .trait(let name):
      traits.first { $0.name == name }?.aggregate.value(events, now: instant) ?? .noSelection
    }
  }

  /// The reference after the passing of time alone.
  func later(_ instant: Int64) -> ReferenceStore {
    var copy = self
    copy.advance(to: instant)
    return copy
  }

  // MARK: - Inputs

  mutating func tick(to instant: Int64) {
    guard instant > now else { return }
    sequence += 1
    advance(to: instant)
  }

  /// Takes in lines, all received at one instant.
  mutating func ingest(
    _ lines: [ReferenceLine], source: String, receivedAt: Int64
  ) -> [ReferenceVerdict] {
    if sources.insert(source).inserted { sequence += 1 }
    var occurrences: [String: Int] = [:]
    return lines.map { line in
      let key: String
      switch line {
      case .event(let event): key = "\(source)|event|\(event.messageID)"
      case .broken(let text):
        key = "\(source)|line|\(occurrences[text, default: 0])|\(text)"
        occurrences[text, default: 0] += 1
      }
      if let known = messages[key] {
        // What is wrong with a line is still wrong when it is sent again.
        if case .broken = line { return .quarantined(known.sequence) }
        return .duplicate(of: known.sequence, isSame: known.text == line.text)
      }
      sequence += 1
      messages[key] = Message(sequence: sequence, text: line.text)
      advance(to: receivedAt)
      guard case .event(let event) = line else {
        quarantined += 1
        return .quarantined(sequence)
      }
      take(event, receivedAt: receivedAt)
      return .accepted(sequence)
    }
  }

  /// The identifiers of an event that remain when the last one is given up as long as joining all of
  /// them would break a limit: one user id forever, five e-mail addresses that came in 365 days, five
  /// anonymous ids that came in 7 days.
  private func joinable(_ identifiers: [String], at time: Int64) -> [String] {
    let day: Int64 = 86_400_000
    let limits: [(prefix: String, count: Int, span: Int64)] = [
      ("user_id:", 1, .max), ("email:", 5, 365 * day), ("anonymous_id:", 5, 7 * day),
    ]
    for length in (2...max(identifiers.count, 2)).reversed() where length <= identifiers.count {
      let wanted = identifiers.prefix(length)
      let owners = Set(wanted.compactMap { profileOfIdentifier[$0] })
      let fits = limits.allSatisfy { limit in
        func counts(_ identifier: String) -> Bool {
          guard identifier.hasPrefix(limit.prefix) else { return false }
          guard let joined = joinedAt[identifier] else { return true }
          return limit.span == .max || (joined > time - limit.span && joined <= time)
        }
        let before = owners.map { owner in
          profileOfIdentifier.filter { $0.value == owner && counts($0.key) }.count
        }
        let together = Set(
          profileOfIdentifier.filter { owners.contains($0.value) }.keys.filter(counts)
        ).union(wanted.filter { profileOfIdentifier[$0] == nil && counts($0) })
        return together.count <= limit.count || together.count == before.max() ?? 0
      }
      if fits { return Array(wanted) }
    }
    return Array(identifiers.prefix(1))
  }

  private mutating func take(_ event: SentEvent, receivedAt: Int64) {
    let identifiers = joinable(event.identifiers, at: event.time ?? receivedAt)
    let known = Set(identifiers.compactMap { profileOfIdentifier[$0] }).sorted()
    let profile = known.first ?? profileCount
    if known.isEmpty { profileCount += 1 }
    for (identifier, other) in profileOfIdentifier where known.dropFirst().contains(other) {
      profileOfIdentifier[identifier] = profile
    }
    let time = event.time(receivedAt)
    for identifier in identifiers {
      profileOfIdentifier[identifier] = profile
      joinedAt[identifier] = joinedAt[identifier] ?? time
    }
    for other in identifiers.dropFirst() {
      let pair = [identifiers[0], other].sorted().joined(separator: " ")
      links[pair] = links[pair] ?? "\(sequence) at \(time)"
    }
    for absorbed in known.dropFirst() {
      eventsOfProfile[profile, default: []] += eventsOfProfile.removeValue(forKey: absorbed) ?? []
    }
    let kept = KeptEvent(sequence: sequence, time: event.time(receivedAt), sent: event)
    eventsOfProfile[profile, default: []].append(kept)
    let account = event.account.map { id in
      let account = profileOfIdentifier["group_id:\(id)"] ?? profileCount
      if account == profileCount { profileCount += 1 }
      profileOfIdentifier["group_id:\(id)"] = account
      eventsOfAccount[account, default: []].append(kept)
      return account
    }
    groupByMember()
    for absorbed in known.dropFirst() {
      absorbedBy[absorbed] = profile
      let ended = members.removeValue(forKey: absorbed) ?? [:]
      for audience in audiences where ended[audience.number] != nil {
        changes.append(
          ReferenceChange(
            sequence: sequence, audience: audience.name, profile: absorbed,
            kind: .merged(into: profile), effective: now, cause: .merge))
      }
    }
    let cause: ReferenceChange.Cause = known.count > 1 ? .merge : .event
    var concerned = concerned(by: profile)
    // The event's own account is judged before the person's others.
    if let account, let place = concerned.firstIndex(of: account) {
      concerned.insert(concerned.remove(at: place), at: 1)
    }
    for other in concerned { judge(other, at: now, cause: cause) }
  }

  /// Makes `definitions` the whole set: one record, after which every audience is judged again.
  ///
  /// Once there are events, time moves to the clock first, under the definitions that held until then.
  mutating func apply(_ all: [ReferenceDefinition], at clock: Int64) {
    // Those of accounts come after.
    let definitions = all.filter { !$0.isOfAccounts } + all.filter(\.isOfAccounts)
    let old = (traits: traits, audiences: audiences)
    let removed = audiences.filter { audience in
      !definitions.contains { $0.name == audience.name }
    }
    var isChanged = !removed.isEmpty
    for definition in definitions {
      switch definition.meaning {
      case .trait(let aggregate):
        let index = traits.firstIndex { $0.name == definition.name }
        if let index, traits[index].aggregate == aggregate { continue }
        if let index {
          traits[index].aggregate = aggregate
        } else {
          traits.append((definition.name, aggregate, definition.isOfAccounts))
        }
      case .audience(let rule):
        let index = audiences.firstIndex { $0.name == definition.name }
        if let index, audiences[index].rule == rule { continue }
        if let index {
          audiences[index].rule = rule
        } else {
          audiences.append(
            Audience(
              name: definition.name, number: nextAudience, rule: rule,
              isOfAccounts: definition.isOfAccounts))
          nextAudience += 1
        }
      }
      isChanged = true
    }
    let count = traits.count
    traits.removeAll { trait in !definitions.contains { $0.name == trait.name } }
    guard isChanged || traits.count != count else { return }
    sequence += 1
    let new = (traits: traits, audiences: audiences)
    (traits, audiences) = old
    if !events.isEmpty { advance(to: max(clock, now)) }
    (traits, audiences) = new
    for audience in removed { dismiss(audience) }
    for audience in audiences {
      for profile in profiles {
        judge(profile, at: now, cause: .definition, only: audience.number)
      }
    }
  }

  private mutating func dismiss(_ audience: Audience) {
    audiences.removeAll { $0.number == audience.number }
    for profile in profiles where members[profile]?[audience.number] != nil {
      members[profile]?[audience.number] = nil
      changes.append(
        ReferenceChange(
          sequence: sequence, audience: audience.name, profile: profile, kind: .exited,
          effective: now, cause: .definition))
    }
  }

  // MARK: - Time and truth

  /// Tries every instant up to `instant` at which an event begins or ends to count anywhere.
  private mutating func advance(to instant: Int64) {
    guard instant > now else { return }
    var windows: Set<Int64> = [0]
    for trait in traits { windows.insert(trait.aggregate.window?.milliseconds ?? 0) }
    for audience in audiences { windows.formUnion(audience.rule.windows) }
    var moments: Set<Moment> = []
    for (person, events) in eventsOfProfile {
      let concerned = concerned(by: person)
      for event in events {
        for window in windows where event.time + window > now && event.time + window <= instant {
          for profile in concerned {
            moments.insert(Moment(instant: event.time + window, profile: profile))
          }
        }
      }
    }
    for moment in moments.sorted() { judge(moment.profile, at: moment.instant, cause: .timer) }
    now = instant
  }

  private struct Moment: Hashable, Comparable {
    var instant: Int64
    var profile: Int
    static func < (a: Self, b: Self) -> Bool {
      (a.instant, a.profile) < (b.instant, b.profile)
    }
  }

  private mutating func judge(
    _ profile: Int, at instant: Int64, cause: ReferenceChange.Cause, only number: Int? = nil
  ) {
    let subject = subject(profile, at: instant)
    let isOfAccounts = isAccount(profile)
    for audience in audiences
    where (number ?? audience.number) == audience.number && audience.isOfAccounts == isOfAccounts {
      let isTrue = audience.rule.holds(subject)
      let isMember = members[profile]?[audience.number] != nil
      guard isTrue != isMember else { continue }
      members[profile, default: [:]][audience.number] =
        isTrue ? Membership(since: instant, cause: cause) : nil
      changes.append(
        ReferenceChange(
          sequence: sequence, audience: audience.name, profile: profile,
          kind: isTrue ? .entered : .exited, effective: instant, cause: cause))
    }
  }
}

extension ReferenceRule {
  /// The lengths of all windows written in the rule.
  var windows: [Int64] {
    switch self {
    case .performed(let aggregate): [aggregate.window?.milliseconds ?? 0]
    case .exists(let operand), .count(let operand, _, _), .sum(let operand, _, _, _),
      .category(let operand, _), .contains(let operand, _):
      if case .aggregate(let aggregate) = operand {
        [aggregate.window?.milliseconds ?? 0]
      } else {
        []
      }
    case .counts(let a, _, let b), .ratio(let a, let b, _, _):
      [a.window?.milliseconds ?? 0, b.window?.milliseconds ?? 0]
    case .since(let count, _, _, let length):
      [count.window?.milliseconds ?? 0, length.milliseconds, length.milliseconds + 1]
    case .not(let a), .accounts(_, let a), .members(_, let a): a.windows
    case .both(let a, let b), .either(let a, let b): a.windows + b.windows
    }
  }
}
