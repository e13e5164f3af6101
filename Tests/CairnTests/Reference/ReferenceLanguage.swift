// Traits and audiences as the reference understands them: written out in Cairn's language for the
// store, and worked out by loops over all events of a profile for the reference.

/// A condition over one event.
indirect enum ReferenceCondition: Equatable {
  case revenueAtLeast(thousandths: Int)
  case channelIs(String)
  case channelIsNot(String)
  case hasChannel
  case not(ReferenceCondition)
  case both(ReferenceCondition, ReferenceCondition)
  case either(ReferenceCondition, ReferenceCondition)

  var text: String {
    switch self {
    case .revenueAtLeast(let value): "properties.revenue >= \(decimalText(value))"
    case .channelIs(let value): "properties.channel = \"\(value)\""
    case .channelIsNot(let value): "properties.channel != \"\(value)\""
    case .hasChannel: "exists(properties.channel)"
    case .not(let a): "not (\(a.text))"
    case .both(let a, let b): "(\(a.text)) and (\(b.text))"
    case .either(let a, let b): "(\(a.text)) or (\(b.text))"
    }
  }

  func holds(_ event: SentEvent) -> Bool {
    switch self {
    case .revenueAtLeast(let value):
      switch event.revenue {
      case .number(let sent), .quoted(let sent): sent >= value
      case .tooPrecise: value <= 1000
      case .word, .null, nil: false
      }
    case .channelIs(let value): event.channel == value
    case .channelIsNot(let value): event.channel != nil && event.channel != value
    case .hasChannel: event.channel != nil
    case .not(let a): !a.holds(event)
    case .both(let a, let b): a.holds(event) && b.holds(event)
    case .either(let a, let b): a.holds(event) || b.holds(event)
    }
  }
}

/// What an aggregate comes to.
enum ReferenceValue: Equatable {
  case count(Int)
  case sum([String: Int], skipped: Int, rounded: Int)
  case selection(SentCategory, time: Int64)
  /// How long ago something was; nil if it never was.
  case elapsed(Int64?)
  case noSelection
}

/// An aggregate over events.
struct ReferenceAggregate: Equatable {
  enum Kind: Equatable {
    case count, plainSum, currencySum, first, last
  }

  struct Window: Equatable {
    var text: String
    var milliseconds: Int64
  }

  var kind: Kind
  /// Empty for every event.
  var events: [String]
  var condition: ReferenceCondition?
  var window: Window?

  var text: String {
    var selector =
      events.isEmpty ? "*" : "[" + events.map { "\"\($0)\"" }.joined(separator: ", ") + "]"
    if events.count == 1 { selector = "\"\(events[0])\"" }
    if let condition { selector += " where \(condition.text)" }
    let last = window.map { ", last \($0.text)" } ?? ""
    return switch kind {
    case .count: "count(\(selector)\(last))"
    case .plainSum: "sum(\(selector), properties.revenue\(last))"
    case .currencySum:
      "sum(\(selector), properties.revenue, currency: properties.currency\(last))"
    case .first: "first(\(selector), properties.category\(last))"
    case .last: "last(\(selector), properties.category\(last))"
    }
  }

  /// The value over `events` at `now`: those with a time in (now − N, now].
  func value(_ all: [KeptEvent], now: Int64) -> ReferenceValue {
    var counted: [KeptEvent] = []
    for event in all where event.time <= now {
      if let window, event.time <= now - window.milliseconds { continue }
      if !events.isEmpty, !events.contains(event.sent.name) { continue }
      if let condition, !condition.holds(event.sent) { continue }
      counted.append(event)
    }
    switch kind {
    case .count: return .count(counted.count)
    case .plainSum, .currencySum: return sum(counted)
    case .first, .last:
      var best: KeptEvent?
      for event in counted where event.sent.category != nil {
        guard let present = best else {
          best = event
          continue
        }
        let isLater = (event.time, event.sequence) > (present.time, present.sequence)
        if isLater == (kind == .last) { best = event }
      }
      guard let best, let category = best.sent.category else { return .noSelection }
      return .selection(category, time: best.time)
    }
  }

  /// When the first or last of the counted events was.
  func moment(_ all: [KeptEvent], now: Int64, isFirst: Bool) -> Int64? {
    let times = all.map(\.time).filter { time in
      value(all.filter { $0.time == time }, now: now) != .count(0)
    }
    return isFirst ? times.min() : times.max()
  }

  private func sum(_ counted: [KeptEvent]) -> ReferenceValue {
    var totals: [String: Int] = [:]
    var (skipped, rounded) = (0, 0)
    for event in counted {
      switch event.sent.revenue {
      case nil, .null: continue
      case .word: skipped += 1
      case .tooPrecise, .number, .quoted:
        var currency = ""
        if kind == .currencySum, let sent = event.sent.currency {
          guard sent.count == 3, sent.allSatisfy({ $0.isLetter }) else {
            skipped += 1
            continue
          }
          currency = sent.uppercased()
        }
        if event.sent.revenue == .tooPrecise { rounded += 1 }
        totals[currency, default: 0] += event.sent.revenue?.nearest ?? 0
      }
    }
    return .sum(totals, skipped: skipped, rounded: rounded)
  }
}

/// An audience's rule.
indirect enum ReferenceRule: Equatable {
  enum Operand: Equatable {
    case aggregate(ReferenceAggregate)
    case trait(String)
    /// How long ago the first or last event of a count was.
    case since(ReferenceAggregate, isFirst: Bool)

    var text: String {
      switch self {
      case .aggregate(let aggregate): aggregate.text
      case .trait(let name): name
      case .since(let count, let isFirst):
        "time_since_\(isFirst ? "first" : "last")(" + count.text.dropFirst("count(".count)
      }
    }
  }

  enum Order: String {
    case greater = ">"
    case atLeast = ">="
    case less = "<"
    case atMost = "<="
    case equal = "="
    case other = "!="

    func holds(_ a: Int, _ b: Int) -> Bool {
      switch self {
      case .greater: a > b
      case .atLeast: a >= b
      case .less: a < b
      case .atMost: a <= b
      case .equal: a == b
      case .other: a != b
      }
    }
  }

  case performed(ReferenceAggregate)
  case exists(Operand)
  case count(Operand, Order, Int)
  /// An empty currency for a sum without currencies.
  case sum(Operand, Order, thousandths: Int, currency: String)
  case category(Operand, in: [String])
  case contains(Operand, String)
  /// One count against another.
  case counts(ReferenceAggregate, Order, ReferenceAggregate)
  /// A sum divided by a count.
  case ratio(sum: ReferenceAggregate, count: ReferenceAggregate, Order, thousandths: Int)
  /// A time since against a length of time, which is never equal to it for any length of time.
  case since(ReferenceAggregate, isFirst: Bool, Order, ReferenceAggregate.Window)
  /// What the accounts of a person say.
  case accounts(Quantity, ReferenceRule)
  /// What the members of an account say.
  case members(Quantity, ReferenceRule)
  case not(ReferenceRule)
  case both(ReferenceRule, ReferenceRule)
  case either(ReferenceRule, ReferenceRule)

  /// For how many of several a rule has to hold.
  enum Quantity: Equatable {
    case any, all, none, two

    func text(_ word: String) -> String {
      switch self {
      case .any: "any \(word)"
      case .all: "all \(word)s"
      case .none: "no \(word)"
      case .two: "at least 2 \(word)s"
      }
    }

    func holds(_ answers: [Bool]) -> Bool {
      let count = answers.count { $0 }
      return switch self {
      case .any: count > 0
      case .all: count == answers.count
      case .none: count == 0
      case .two: count >= 2
      }
    }
  }

  var text: String {
    switch self {
    case .performed(let aggregate): "performed(" + aggregate.text.dropFirst("count(".count)
    case .exists(let operand): "exists(\(operand.text))"
    case .count(let operand, let order, let number): "\(operand.text) \(order.rawValue) \(number)"
    case .sum(let operand, let order, let amount, let currency):
      "\(operand.text) \(order.rawValue) \(decimalText(amount))"
        + (currency.isEmpty ? "" : " \(currency)")
    case .category(let operand, let texts):
      "\(operand.text) in [" + texts.map { "\"\($0)\"" }.joined(separator: ", ") + "]"
    case .contains(let operand, let part): "\(operand.text) contains \"\(part)\""
    case .counts(let a, let order, let b): "\(a.text) \(order.rawValue) \(b.text)"
    case .ratio(let sum, let count, let order, let amount):
      "\(sum.text) / \(count.text) \(order.rawValue) \(decimalText(amount))"
    case .since(let count, let isFirst, let order, let length):
      "\(Operand.since(count, isFirst: isFirst).text) \(order.rawValue) \(length.text)"
    case .accounts(let quantity, let a): "\(quantity.text("account"))(\(a.text))"
    case .members(let quantity, let a): "\(quantity.text("member"))(\(a.text))"
    case .not(let a): "not (\(a.text))"
    case .both(let a, let b): "(\(a.text)) and (\(b.text))"
    case .either(let a, let b): "(\(a.text)) or (\(b.text))"
    }
  }

  /// The names of the traits in the rule.
  var traits: [String] {
    switch self {
    case .performed, .counts, .ratio, .since: []
    case .exists(let operand), .count(let operand, _, _), .sum(let operand, _, _, _),
      .category(let operand, _), .contains(let operand, _):
      if case .trait(let name) = operand { [name] } else { [] }
    case .not(let a), .accounts(_, let a), .members(_, let a): a.traits
    case .both(let a, let b), .either(let a, let b): a.traits + b.traits
    }
  }

  func holds(_ subject: ReferenceSubject) -> Bool {
    let value = subject.value
    switch self {
    case .accounts(let quantity, let rule), .members(let quantity, let rule):
      return quantity.holds(subject.others().map { rule.holds($0) })
    case .performed(let aggregate):
      guard case .count(let count) = value(.aggregate(aggregate)) else { return false }
      return count >= 1
    case .exists(let operand):
      switch value(operand) {
      case .count(let count): return count > 0
      case .sum(let totals, _, _): return !totals.isEmpty
      case .selection: return true
      case .noSelection: return false
      case .elapsed(let length): return length != nil
      }
    case .counts(let a, let order, let b):
      guard case .count(let first) = value(.aggregate(a)),
        case .count(let second) = value(.aggregate(b))
      else { return false }
      return order.holds(first, second)
    case .ratio(let sum, let count, let order, let amount):
      guard case .sum(let totals, _, _) = value(.aggregate(sum)),
        case .count(let count) = value(.aggregate(count)), count > 0
      else { return false }
      // Nine digits are enough to tell such a quotient from a number with three.
      return order.holds(totals["", default: 0], amount * count)
    case .since(let count, let isFirst, let order, let length):
      guard case .elapsed(let elapsed?) = value(.since(count, isFirst: isFirst)) else {
        return false
      }
      return order.holds(Int(elapsed), Int(length.milliseconds))
    case .count(let operand, let order, let number):
      guard case .count(let count) = value(operand) else { return false }
      return order.holds(count, number)
    case .sum(let operand, let order, let amount, let currency):
      guard case .sum(let totals, _, _) = value(operand) else { return false }
      return order.holds(totals[currency, default: 0], amount)
    case .category(let operand, let texts):
      switch value(operand) {
      case .selection(.text(let text), _), .selection(.number(let text), _):
        return texts.contains(text)
      default: return false
      }
    case .contains(let operand, let part):
      guard case .selection(.text(let text), _) = value(operand) else { return false }
      return text.contains(part)
    case .not(let a): return !a.holds(subject)
    case .both(let a, let b): return a.holds(subject) && b.holds(subject)
    case .either(let a, let b): return a.holds(subject) || b.holds(subject)
    }
  }
}

/// Whom a rule is asked about: a person, an account, or a person as a member of an account.
final class ReferenceSubject {
  let value: (ReferenceRule.Operand) -> ReferenceValue
  /// The accounts of a person, the members of an account; none of a member.
  let others: () -> [ReferenceSubject]

  init(
    value: @escaping (ReferenceRule.Operand) -> ReferenceValue,
    others: @escaping () -> [ReferenceSubject]
  ) {
    self.value = value
    self.others = others
  }
}

/// A definition of the reference.
struct ReferenceDefinition: Equatable {
  enum Meaning: Equatable {
    case trait(ReferenceAggregate)
    case audience(ReferenceRule)
  }

  var name: String
  var meaning: Meaning
  /// Whether it is about accounts.
  var isOfAccounts = false

  var text: String {
    switch meaning {
    case .trait(let aggregate): aggregate.text
    case .audience(let rule): rule.text
    }
  }
}
