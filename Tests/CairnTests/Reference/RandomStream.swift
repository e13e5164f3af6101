// Random inputs for a store: people with several identifiers, devices that change hands, late and
// future and repeated events, ticks to where windows end, definitions that come, change and go.

import StorageSimulation

/// One step of a stream; the clock stands still within it.
struct StreamStep {
  enum Action {
    case ingest(source: String, [ReferenceLine])
    case tick
    case apply([ReferenceDefinition])
  }

  var clock: Int64
  var action: Action
}

/// Makes streams from seeds.
struct RandomStream {
  static let start: Int64 = 1_772_323_200_000  // 2026-03-01
  static let names = ["Order Completed", "Product Viewed", "Signed In", "Plan Changed"]
  static let windows: [ReferenceAggregate.Window] = [
    .init(text: "45s", milliseconds: 45_000), .init(text: "30m", milliseconds: 1_800_000),
    .init(text: "12h", milliseconds: 43_200_000), .init(text: "7d", milliseconds: 604_800_000),
    .init(text: "30d", milliseconds: 2_592_000_000),
  ]

  var random: SeededRandom
  private var clock = RandomStream.start
  private var definitions: [ReferenceDefinition] = []
  private var retired: [ReferenceDefinition] = []
  private var sent: [SentEvent] = []
  private var broken: [String] = []
  private var messageCount = 0
  private var nameCount = 0

  /// Whether events count for accounts, and definitions are about them too.
  let hasAccounts: Bool

  init(seed: UInt64, hasAccounts: Bool = false) {
    random = SeededRandom(seed)
    self.hasAccounts = hasAccounts
  }

  /// A stream of `count` steps.
  mutating func steps(_ count: Int) -> [StreamStep] {
    var result: [StreamStep] = []
    for index in 0..<count {
      if index == 0 || random.chance(12) {
        changeDefinitions(isFirst: index == 0)
        result.append(StreamStep(clock: clock, action: .apply(definitions)))
      } else if random.chance(25) {
        moveClock()
        result.append(StreamStep(clock: clock, action: .tick))
      } else {
        if random.chance(70) { clock += Int64.random(in: 0...90_000_000, using: &random) }
        // A clock that is set back a little, now and then.
        let received =
          clock - (random.chance(10) ? Int64.random(in: 1...60_000, using: &random) : 0)
        let source = random.chance(80) ? "web" : "shop"
        let lines = (0..<Int.random(in: 1...9, using: &random)).map { _ in line(received) }
        result.append(StreamStep(clock: received, action: .ingest(source: source, lines)))
      }
    }
    return result
  }

  /// Forward: by a little, by days, or to exactly where an event begins or ends to count, or a
  /// millisecond before.
  private mutating func moveClock() {
    guard random.chance(70), let event = sent.isEmpty ? nil : random.pick(sent),
      let time = event.time
    else {
      clock += Int64.random(in: 0...600_000_000, using: &random)
      return
    }
    let window = random.chance(25) ? 0 : random.pick(Self.windows).milliseconds
    let target = time + window - (random.chance(40) ? 1 : 0)
    if target > clock, target < clock + 3_000_000_000 { clock = target }
  }

  // MARK: - Events

  private mutating func line(_ received: Int64) -> ReferenceLine {
    if random.chance(4) {
      if !broken.isEmpty, random.chance(30) { return .broken(random.pick(broken)) }
      messageCount += 1
      let text = random.pick([
        #"{"type":"track","event":"Signed In","messageId":"m\#(messageCount)"}"#,
        #"{"type":"track","userId":"u1","messageId":"m\#(messageCount)"#,
        #"[\#(messageCount)]"#,
      ])
      broken.append(text)
      return .broken(text)
    }
    if !sent.isEmpty, random.chance(8) {
      var again = random.pick(sent)
      if random.chance(40) { again.channel = "again" }
      return .event(again)
    }
    let event = event(received)
    sent.append(event)
    return .event(event)
  }

  private mutating func event(_ received: Int64) -> SentEvent {
    messageCount += 1
    var event = SentEvent(
      name: random.pick(Self.names), messageID: "m\(messageCount)", identifiers: identifiers())
    if hasAccounts, random.chance(60) { event.account = random.pick(["g1", "g2", "g3", "g4"]) }
    switch Int.random(in: 0..<100, using: &random) {
    case ..<10: event.time = nil
    case ..<55: event.time = received - Int64.random(in: 0...100_000, using: &random)
    case ..<85: event.time = received - Int64.random(in: 0...3_500_000_000, using: &random)
    default: event.time = received + Int64.random(in: 1...160_000_000, using: &random)
    }
    // Equal times, so that arrival decides.
    if random.chance(10), let other = sent.last?.time { event.time = other }
    if random.chance(20) {
      event.sentAt = received - Int64.random(in: -50_000_000...50_000_000, using: &random)
    }
    if random.chance(70) {
      let amount = Int.random(in: -20_000...100_000, using: &random)
      switch Int.random(in: 0..<20, using: &random) {
      case 0: event.revenue = .null
      case 1: event.revenue = .word
      case 2: event.revenue = .tooPrecise
      case 3: event.revenue = .quoted(thousandths: amount)
      default: event.revenue = .number(thousandths: amount)
      }
      if random.chance(85) { event.currency = random.pick(["USD", "EUR", "usd", "eur", "EURO"]) }
    }
    if random.chance(60) { event.channel = random.pick(["web", "app", "store"]) }
    if random.chance(60) {
      event.category =
        random.chance(15) ? .number("7") : .text(random.pick(["shoes", "running shoes", "bags"]))
    }
    return event
  }

  private mutating func identifiers() -> [String] {
    let person = Int.random(in: 0..<30, using: &random)
    var result: [String] = []
    if random.chance(45) { result.append("user_id:u\(person)") }
    if random.chance(30) { result.append("email:p\(person)-\(random.pick([0, 1]))@example.com") }
    if random.chance(60) || result.isEmpty {
      // Now and then on somebody else's device.
      let owner = random.chance(3) ? Int.random(in: 0..<30, using: &random) : person
      result.append("anonymous_id:a\(owner)-\(random.pick([0, 1, 2]))")
    }
    return result
  }

  // MARK: - Definitions

  private mutating func changeDefinitions(isFirst: Bool) {
    if isFirst {
      definitions = [
        ReferenceDefinition(name: "t0", meaning: .trait(aggregate(.count))),
        ReferenceDefinition(name: "t1", meaning: .trait(aggregate(.currencySum))),
        ReferenceDefinition(name: "t2", meaning: .trait(aggregate(.last))),
        ReferenceDefinition(name: "a0", meaning: .audience(rule(depth: 2))),
        ReferenceDefinition(name: "a1", meaning: .audience(rule(depth: 2))),
      ]
      nameCount = 2
      if hasAccounts { definitions += firstOfAccounts() }
      return
    }
    switch Int.random(in: 0..<10, using: &random) {
    case ..<4 where definitions.count < 12: add()
    case ..<7: redefine()
    default: remove()
    }
  }

  private mutating func add() {
    // What was removed may come back under its name, its traits being there.
    let names = definitions.map(\.name)
    let index = retired.firstIndex { definition in
      if case .audience(let rule) = definition.meaning {
        rule.traits.allSatisfy { names.contains($0) }
      } else {
        true
      }
    }
    if let index, random.chance(50) {
      definitions.append(retired.remove(at: index))
      return
    }
    nameCount += 1
    if random.chance(40) {
      let kind = random.pick([
        ReferenceAggregate.Kind.count, .plainSum, .currencySum, .first, .last,
      ])
      definitions.append(
        ReferenceDefinition(name: "t\(nameCount)", meaning: .trait(aggregate(kind))))
    } else {
      definitions.append(
        ReferenceDefinition(name: "a\(nameCount)", meaning: .audience(rule(depth: 2))))
    }
  }

  private mutating func redefine() {
    let index = Int.random(in: 0..<definitions.count, using: &random)
    scope = definitions[index].isOfAccounts ? .account : .person
    defer { scope = .person }
    switch definitions[index].meaning {
    // Of the same kind, so that the audiences that name it still make sense.
    case .trait(let old): definitions[index].meaning = .trait(aggregate(old.kind))
    case .audience: definitions[index].meaning = .audience(rule(depth: 2))
    }
  }

  // MARK: - Accounts

  /// Whom the rule in hand is about.
  private enum Scope { case person, account, member }
  private var scope = Scope.person

  private mutating func firstOfAccounts() -> [ReferenceDefinition] {
    var result = [
      ReferenceDefinition(name: "a_q", meaning: .audience(question(depth: 1))),
      ReferenceDefinition(
        name: "a_r", meaning: .audience(.either(question(depth: 1), question(depth: 0)))),
    ]
    scope = .account
    result += [
      ReferenceDefinition(name: "t_acc", meaning: .trait(aggregate(.count)), isOfAccounts: true),
      ReferenceDefinition(
        name: "a_acc", meaning: .audience(rule(depth: 2)), isOfAccounts: true),
    ]
    scope = .person
    return result
  }

  /// A rule about those that the present one can ask: the accounts of a person, the members of an account.
  private mutating func question(depth: Int) -> ReferenceRule {
    let quantity = random.pick([ReferenceRule.Quantity.any, .all, .none, .two])
    let asking = scope
    defer { scope = asking }
    scope = asking == .person ? .account : .member
    let body = rule(depth: depth)
    return asking == .person ? .accounts(quantity, body) : .members(quantity, body)
  }

  private mutating func remove() {
    let used = definitions.flatMap { definition in
      if case .audience(let rule) = definition.meaning { rule.traits } else { [String]() }
    }
    let candidates = definitions.indices.filter { !used.contains(definitions[$0].name) }
    guard !candidates.isEmpty, definitions.count > 3 else { return }
    retired.append(definitions.remove(at: random.pick(candidates)))
  }

  private mutating func aggregate(_ kind: ReferenceAggregate.Kind) -> ReferenceAggregate {
    let events =
      random.chance(15)
      ? []
      : random.chance(25)
        ? Array(Self.names.shuffled(using: &random).prefix(2)) : [random.pick(Self.names)]
    return ReferenceAggregate(
      kind: kind, events: events, condition: random.chance(35) ? condition(depth: 1) : nil,
      window: random.chance(65) ? random.pick(Self.windows) : nil)
  }

  private mutating func condition(depth: Int) -> ReferenceCondition {
    if depth > 0, random.chance(40) {
      switch Int.random(in: 0..<3, using: &random) {
      case 0: return .not(condition(depth: depth - 1))
      case 1: return .both(condition(depth: depth - 1), condition(depth: depth - 1))
      default: return .either(condition(depth: depth - 1), condition(depth: depth - 1))
      }
    }
    switch Int.random(in: 0..<4, using: &random) {
    case 0: return .revenueAtLeast(thousandths: random.pick([-5000, 0, 1000, 50_000]))
    case 1: return .channelIs(random.pick(["web", "app"]))
    case 2: return .channelIsNot(random.pick(["web", "app"]))
    default: return .hasChannel
    }
  }

  private mutating func rule(depth: Int) -> ReferenceRule {
    if depth > 0, random.chance(60) {
      switch Int.random(in: 0..<3, using: &random) {
      case 0: return .not(rule(depth: depth - 1))
      case 1: return .both(rule(depth: depth - 1), rule(depth: depth - 1))
      default: return .either(rule(depth: depth - 1), rule(depth: depth - 1))
      }
    }
    if hasAccounts, scope != .member, random.chance(35) { return question(depth: 1) }
    if random.chance(25) { return .performed(aggregate(.count)) }
    if random.chance(35) { return calculated() }
    let kind = random.pick([ReferenceAggregate.Kind.count, .plainSum, .currencySum, .first, .last])
    let (operand, actual) = operand(kind)
    if random.chance(15) { return .exists(operand) }
    let order = random.pick([
      ReferenceRule.Order.greater, .atLeast, .less, .atMost, .equal, .other,
    ])
    let amount = random.pick([-10_000, 0, 12_345, 60_000, 150_000])
    switch actual {
    case .count: return .count(operand, order, Int.random(in: 0...3, using: &random))
    case .plainSum: return .sum(operand, order, thousandths: amount, currency: "")
    case .currencySum:
      return .sum(operand, order, thousandths: amount, currency: random.pick(["USD", "EUR"]))
    case .first, .last:
      return random.chance(50)
        ? .category(operand, in: ["shoes", "7"]) : .contains(operand, "shoes")
    }
  }

  /// A rule about values that are calculated, or that change with time itself.
  private mutating func calculated() -> ReferenceRule {
    let order = random.pick([ReferenceRule.Order.greater, .atLeast, .less, .atMost])
    switch Int.random(in: 0..<3, using: &random) {
    case 0: return .counts(aggregate(.count), order, aggregate(.count))
    case 1:
      return .ratio(
        sum: aggregate(.plainSum), count: aggregate(.count), order,
        thousandths: random.pick([-2000, 0, 12_345, 40_000]))
    default:
      return .since(
        aggregate(.count), isFirst: random.chance(50), order, random.pick(Self.windows))
    }
  }

  /// An aggregate of the kind, or a trait of whatever kind there is.
  private mutating func operand(
    _ kind: ReferenceAggregate.Kind
  ) -> (ReferenceRule.Operand, ReferenceAggregate.Kind) {
    let traits = definitions.compactMap { definition in
      // A member's traits are those of the person.
      if case .trait(let aggregate) = definition.meaning,
        definition.isOfAccounts == (scope == .account)
      {
        (definition.name, aggregate.kind)
      } else {
        nil
      }
    }
    if !traits.isEmpty, random.chance(40) {
      let (name, kind) = random.pick(traits)
      return (.trait(name), kind)
    }
    return (.aggregate(aggregate(kind)), kind)
  }
}
