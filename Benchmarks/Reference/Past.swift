// What has happened to somebody, and every kind of fold over it, each written as its definition says it.

import Foundation

/// Events in the order of their times, and for equal times of the log; none later than now.
public struct Past {
  /// The events.
  public var events: [PlainEvent]
  /// The instant that is asked about.
  public let now: Int64

  /// Those events that a condition holds for.
  func filter(_ condition: (PlainEvent) -> Bool) -> Past {
    Past(events: events.filter(condition), now: now)
  }

  /// The events of some names.
  func named(_ names: String...) -> Past {
    filter { event in names.contains { $0 == event.name } }
  }

  /// The events inside a window.
  func within(_ span: Span) -> Past {
    if let gap = span.gap { return session(gap) }
    let (after, through) = span.bounds(at: now)
    return filter { $0.time > after && $0.time <= through }
  }

  func days(_ count: Int64) -> Past { filter { $0.time > now - count * Span.day } }

  /// The newest run of events between which no more than the gap passes.
  private func session(_ gap: Int64) -> Past {
    guard var start = events.indices.last else { return self }
    while start > 0, events[start].time - events[start - 1].time <= gap { start -= 1 }
    return Past(events: Array(events[start...]), now: now)
  }

  var count: Int { events.count }
  var isEmpty: Bool { events.isEmpty }

  // MARK: - Numbers

  /// The amounts at a field in parts of a billionth, those that are none, and the currencies of the others.
  private func amounts(
    _ field: Field, _ currency: (PlainEvent) -> PlainValue?
  ) -> (found: [(currency: String, amount: Int128)], skipped: Int) {
    var found: [(String, Int128)] = []
    var skipped = 0
    for event in events {
      guard let value = event[field] else { continue }
      var name = ""
      if let sent = currency(event) {
        name = sent.text.uppercased()
        let isName =
          sent.kind == .text && name.utf8.count == 3
          && name.utf8.allSatisfy { (0x41...0x5A).contains($0) }
        if !isName {
          skipped += 1
          continue
        }
      }
      if let amount = value.fine { found.append((name, amount)) } else { skipped += 1 }
    }
    return (found, skipped)
  }

  /// One number per currency: the least or greatest, which is not rounded.
  func numbers(
    _ field: Field, currency: Field? = nil, fixed: String? = nil, _ fold: ([Int128]) -> Int128
  ) -> Answer {
    let fixed = fixed.map { PlainValue(kind: .text, text: $0) }
    let (found, skipped) = amounts(field) { event in currency.flatMap { event[$0] } ?? fixed }
    if found.isEmpty { return .amounts([:], skipped: skipped) }
    let groups = Dictionary(grouping: found) { $0.currency }
    return .amounts(groups.mapValues { fold($0.map(\.amount)) }, skipped: skipped)
  }

  /// One number per currency, over values that are rounded to whole billionths.
  private func roundedNumbers(
    _ field: Field, currency: Field?, fixed: String?, _ fold: ([Int128]) -> Int128
  ) -> Answer {
    let constant = fixed.map { PlainValue(kind: .text, text: $0) }
    let (found, _) = amounts(field) { event in currency.flatMap { event[$0] } ?? constant }
    let answer = numbers(field, currency: currency, fixed: fixed) { values in
      fold(values.map(PlainNumber.rounded)) * PlainNumber.fineness
    }
    guard case .amounts(let amounts, let skipped, _) = answer else { return answer }
    let rounded = found.count { $0.amount % PlainNumber.fineness != 0 }
    return .amounts(amounts, skipped: skipped, rounded: rounded)
  }

  func sum(_ field: Field, currency: Field? = nil, fixed: String? = nil) -> Answer {
    roundedNumbers(field, currency: currency, fixed: fixed) { $0.reduce(0, +) }
  }

  func average(_ field: Field, currency: Field? = nil, fixed: String? = nil) -> Answer {
    roundedNumbers(field, currency: currency, fixed: fixed) {
      PlainNumber.nearest($0.reduce(0, +), over: Int128($0.count))
    }
  }

  func least(_ field: Field, currency: Field? = nil) -> Answer {
    numbers(field, currency: currency) { $0.min() ?? 0 }
  }

  func greatest(_ field: Field, currency: Field? = nil) -> Answer {
    numbers(field, currency: currency) { $0.max() ?? 0 }
  }

  // MARK: - Values

  /// The events that have a value at a field.
  func having(_ field: Field) -> Past { filter { $0[field] != nil } }

  func first(_ field: Field) -> Answer {
    let event = events.first { $0[field] != nil }
    return .selection(event?[field], at: event?.time)
  }

  func last(_ field: Field) -> Answer {
    let event = events.last { $0[field] != nil }
    return .selection(event?[field], at: event?.time)
  }

  /// A different value: how often there is one, and when it was last.
  struct Tally {
    var value: PlainValue
    var count: Int
    var time: Int64

    /// The one seen last is first, then the alphabet decides.
    static func isBefore(_ a: Tally, _ b: Tally) -> Bool {
      if a.time != b.time { return a.time > b.time }
      if a.value.text == b.value.text { return a.value.kind == .text && b.value.kind != .text }
      return a.value.text.utf8.lexicographicallyPrecedes(b.value.text.utf8)
    }
  }

  /// The different values of a field.
  func tallies(_ field: Field) -> [Tally] {
    var tallies: [Tally] = []
    var places: [String: Int] = [:]
    for event in events {
      guard let value = event[field] else { continue }
      let key = "\(value.kind == .number ? "n" : "t")\(value.key)"
      if let place = places[key] {
        tallies[place].count += 1
        tallies[place].time = event.time
      } else {
        places[key] = tallies.count
        tallies.append(Tally(value: value.canonical, count: 1, time: event.time))
      }
    }
    return tallies
  }

  func mostFrequent(_ field: Field) -> Answer {
    let best = tallies(field).min {
      $0.count != $1.count ? $0.count > $1.count : Tally.isBefore($0, $1)
    }
    return .selection(best?.value, at: best?.time)
  }

  func leastFrequent(_ field: Field) -> Answer {
    let best = tallies(field).min {
      $0.count != $1.count ? $0.count < $1.count : Tally.isBefore($0, $1)
    }
    return .selection(best?.value, at: best?.time)
  }

  func list(_ field: Field, limit: Int = 1000) -> Answer {
    let all = tallies(field).sorted(by: Tally.isBefore)
    return .list(all.prefix(limit).map(\.value), isCut: all.count > limit)
  }

  func categories(_ field: Field, limit: Int = 1000) -> Answer {
    let all = tallies(field).sorted {
      $0.count != $1.count ? $0.count > $1.count : Tally.isBefore($0, $1)
    }
    return .categories(all.prefix(limit).map { ($0.value, $0.count) }, isCut: all.count > limit)
  }

  // MARK: - Orders of events

  /// How many keys wait: those whose latest question among these events comes after the latest answer
  /// among `answers`, which may lie outside of the window.
  func unmatched(by key: Field, answers: Past) -> Int {
    var asked: [String: PlainEvent] = [:]
    for event in events { if let value = event[key] { asked[value.text] = event } }
    var answered: [String: PlainEvent] = [:]
    for event in answers.events { if let value = event[key] { answered[value.text] = event } }
    return asked.count { key, question in
      guard let answer = answered[key] else { return true }
      return (question.time, question.order) > (answer.time, answer.order)
    }
  }

  /// How many runs there are between which more than the gap passes.
  func sessions(gap: Int64) -> Int {
    var count = 0
    var before: Int64?
    for event in events {
      if before.map({ event.time - $0 > gap }) ?? true { count += 1 }
      before = event.time
    }
    return count
  }

  /// A step of a sequence: what it is, and what may not lie between it and the one before.
  struct Step {
    var isIt: (PlainEvent) -> Bool
    var without: ((PlainEvent) -> Bool)?
  }

  /// Whether there is a chain of all steps that takes no longer than `within`: all chains are tried.
  func happened(_ steps: [Step], within: Int64 = .max) -> Bool {
    for start in events.indices where steps[0].isIt(events[start]) {
      let end = within == .max ? .max : events[start].time + within
      if follows(steps[1...], start, until: end) { return true }
    }
    return false
  }

  private func follows(_ steps: ArraySlice<Step>, _ place: Int, until end: Int64) -> Bool {
    guard let step = steps.first else { return true }
    for next in (place + 1)..<max(place + 1, events.count) {
      if events[next].time > end { return false }
      if step.isIt(events[next]), follows(steps.dropFirst(), next, until: end) { return true }
      if let without = step.without, without(events[next]) { return false }
    }
    return false
  }

  /// The sum of weights, each of which halves every `halfLife`.
  func score(halfLife: Int64, _ weight: (PlainEvent) -> Double) -> Double {
    events.reduce(0) { sum, event in
      let weight = weight(event)
      if weight == 0 { return sum }
      return sum + weight * pow(0.5, Double(now - event.time) / Double(halfLife))
    }
  }
}

extension Answer {
  /// The amount in a currency, in billionths; nil if there is none.
  func amount(_ currency: String = "") -> Int128? {
    guard case .amounts(let amounts, _, _) = self else { return nil }
    return amounts[currency].map(PlainNumber.rounded)
  }

  /// The sum in a currency, zero over nothing.
  func total(_ currency: String = "") -> Int128 { amount(currency) ?? 0 }

  /// The value that was selected.
  var selected: PlainValue? {
    if case .selection(let value, _) = self { value } else { nil }
  }

  /// The values of a list.
  var values: [PlainValue] {
    if case .list(let values, _) = self { values } else { [] }
  }
}
