import Bytes
import Events
import Glibc
import Testing

@testable import Profiles

/// One aggregate over events of one identifier, from its text to its answer.
private struct AggregateFold {
  let events = TestEvents()
  let plan: AggregatePlan
  var cell = ArrayCell()
  private var sequence: UInt64 = 0

  init(_ text: String) throws {
    let zones = TimeZones { SystemZones.zone($0) }
    plan = try AggregatePlan(Aggregate(parsing: text, zones: zones), names: events.symbols)
  }

  /// Takes in a track event with these members at an instant, received at its own time or later.
  mutating func take(
    _ name: String, _ properties: String = "", at time: Timestamp, received: Timestamp? = nil
  ) throws {
    sequence += 1
    let payload = try events.payload("\"event\":\"\(name)\",\"properties\":{\(properties)}")
    let view = try EventView(payload.span.bytes)
    guard try plan.matches(view) else { return }
    let event = CellEvent(
      time: time, sequence: SequenceNumber(sequence), amount: try plan.amount(of: view))
    let now = max(time, received ?? time)
    if plan.spec.ignores(event.amount.form, at: time, now: now) { return }
    try Cell.insert(into: &cell, plan.spec, event, now: now)
  }

  func value(_ now: Timestamp) throws -> AggregateValue {
    var value = try Cell.read(cell.bytes, plan.spec, now: now)
    value.finish(as: plan.spec)
    return value
  }

  func nextChange(_ now: Timestamp) throws -> Timestamp? {
    try Cell.answer(cell.bytes, plan.spec, now: now).change
  }
}

private func day(_ day: Double) -> Timestamp {
  Timestamp(milliseconds: 1_767_225_600_000 + Int64(day * 86_400_000))
}

@Suite struct AggregateVectorTests {
  @Test("A5: an engagement score, to the digits given")
  func score() throws {
    var fold = try AggregateFold(
      "score({'A': 10, 'B': 3, 'C': 1, 'D' where properties.x = 1: 5}, half_life: 14d)")
    var digits: [Double] = []
    for (name, at) in [("A", 0.0), ("B", 7), ("C", 14), ("D", 28)] {
      try fold.take(name, "\"x\":1", at: day(at))
      digits.append(try fold.value(day(at)).score.value(at: day(at)))
    }
    #expect(digits.map { ($0 * 1e6).rounded() / 1e6 } == [10, 10.071068, 8.12132, 9.06066])
    func scaled(_ at: Double) throws -> Double {
      let score = try fold.value(day(at)).score.value(at: day(at))
      return (100 * (1 - exp(-score / 20)) * 1e4).rounded() / 1e4
    }
    #expect(try scaled(28) == 36.4303)
    #expect(try scaled(42) == 20.2694)
  }

  @Test("a score is the same bits in every order, and forgets after 64 half-lives")
  func scoreOrder() throws {
    let text = "score({'A': 0.1, 'B': -7.3}, half_life: 1h)"
    let times = (0..<200).map { day(Double($0 * 37 % 200) / 20) }
    var (inOrder, shuffled) = (try AggregateFold(text), try AggregateFold(text))
    for time in times.sorted() { try inOrder.take(time < day(5) ? "A" : "B", at: time) }
    for time in times { try shuffled.take(time < day(5) ? "A" : "B", at: time, received: day(10)) }
    let (a, b) = (try inOrder.value(day(10)).score, try shuffled.value(day(10)).score)
    #expect(a.value(at: day(10)).bitPattern == b.value(at: day(10)).bitPattern)
    #expect(a.epochs.count <= 65 && inOrder.cell.count <= 16 + 65 * 24)
    #expect(try inOrder.value(day(13)).score.value(at: day(13)) == 0)
  }

  @Test("A7: at least two orders of 50 or more in 30 days, and when that ends")
  func orders() throws {
    var fold = try AggregateFold(
      "count('Order Completed' where properties.revenue >= 50, last 30d)")
    for at in [-31.0, -29, -1] { try fold.take("Order Completed", "\"revenue\":50", at: day(at)) }
    try fold.take("Order Completed", "\"revenue\":49.99", at: day(-1))
    #expect(try fold.value(day(0)).number == FixedDecimal(2))
    // The order of 29 days ago leaves when it is 30 days old, to the millisecond.
    #expect(try fold.nextChange(day(0)) == day(1))
    #expect(try fold.value(day(1) - Milliseconds(1)).number == FixedDecimal(2))
    #expect(try fold.value(day(1)).number == FixedDecimal(1))
    // A late event of two days ago makes it three, and keeps it at two for longer.
    try fold.take("Order Completed", "\"revenue\":\"80\"", at: day(-2), received: day(0))
    #expect(try fold.value(day(0)).number == FixedDecimal(3))
    #expect(try fold.value(day(1)).number == FixedDecimal(2))
    #expect(try fold.value(day(28)).number == FixedDecimal(1))
  }

  @Test("A7: A, then B without D between, then C, within 7 days")
  func sequence() throws {
    let text = "sequence('A', 'B' without 'D', 'C', within 7d)"
    var spoiled = try AggregateFold(text)
    for (name, at) in [("A", 0.0), ("D", 1), ("B", 2), ("C", 3)] {
      try spoiled.take(name, at: day(at))
    }
    #expect(try !spoiled.value(day(3)).truth)
    var happened = try AggregateFold(text)
    for (name, at) in [("A", 0.0), ("B", 2), ("C", 3), ("D", 4)] {
      try happened.take(name, at: day(at))
    }
    #expect(try happened.value(day(4)).truth)
    // In whatever order they arrive.
    var shuffled = try AggregateFold(text)
    for (name, at) in [("C", 3.0), ("D", 4), ("A", 0), ("B", 2)] {
      try shuffled.take(name, at: day(at), received: day(4))
    }
    #expect(try shuffled.value(day(4)).truth)
    // Seven days to the millisecond, and not one more.
    for (last, expected) in [(7.0, true), (7 + 1 / 86_400_000.0, false)] {
      var fold = try AggregateFold(text)
      for (name, at) in [("A", 0.0), ("B", 2), ("C", last)] { try fold.take(name, at: day(at)) }
      #expect(try fold.value(day(8)).truth == expected)
    }
    // The chain that began later counts, not the first one found.
    var later = try AggregateFold(text)
    for (name, at) in [("A", 0.0), ("A", 5), ("B", 6), ("C", 9)] {
      try later.take(name, at: day(at))
    }
    #expect(try later.value(day(9)).truth)
  }

  @Test("a sequence within a window ends when its first step leaves")
  func sequenceWindow() throws {
    var fold = try AggregateFold("sequence('A', 'B', last 30d)")
    for (name, at) in [("A", 0.0), ("B", 3)] { try fold.take(name, at: day(at)) }
    #expect(try fold.value(day(29)).truth)
    #expect(try fold.nextChange(day(3)) == day(30))
    #expect(try !fold.value(day(30)).truth)
  }

  @Test("a sequence that nothing can undo takes 24 bytes, however many events come")
  func settled() throws {
    var fold = try AggregateFold("sequence('A', 'B')")
    for at in 0..<500 { try fold.take(at.isMultiple(of: 2) ? "A" : "B", at: day(Double(at))) }
    #expect(try fold.value(day(500)).truth)
    #expect(fold.cell.count == 24)
  }

  @Test("of a sequence that has not happened, only what a chain can need is kept")
  func pruned() throws {
    var fold = try AggregateFold("sequence('View', 'Order')")
    for at in 0..<500 { try fold.take("View", at: day(Double(500 - at)), received: day(600)) }
    #expect(fold.cell.count < 24 + 16 * 20)
    // Late, and still before every other view but one.
    try fold.take("Order", at: day(1.5), received: day(601))
    #expect(try fold.value(day(601)).truth)
    var never = try AggregateFold("sequence('View', 'Order')")
    for at in 1..<100 { try never.take("View", at: day(Double(at))) }
    try never.take("Order", at: day(0.5), received: day(601))
    #expect(try !never.value(day(601)).truth)
  }

  @Test("unresolved tickets: the latest opening after the latest solution")
  func unmatched() throws {
    var fold = try AggregateFold(
      "unmatched('Ticket Created', ['Ticket Solved', 'Ticket Closed'], by: properties.ticket_id)")
    try fold.take("Ticket Created", "\"ticket_id\":1", at: day(0))
    try fold.take("Ticket Created", "\"ticket_id\":\"2\"", at: day(1))
    try fold.take("Ticket Created", "\"ticket_id\":3", at: day(2))
    try fold.take("Ticket Created", at: day(2))
    #expect(try fold.value(day(2)).number == FixedDecimal(3))
    // A number and a text of its characters are one key.
    try fold.take("Ticket Solved", "\"ticket_id\":2.0", at: day(3))
    try fold.take("Ticket Closed", "\"ticket_id\":\"3\"", at: day(3))
    #expect(try fold.value(day(3)).number == FixedDecimal(1))
    try fold.take("Ticket Created", "\"ticket_id\":3", at: day(4))
    #expect(try fold.value(day(4)).number == FixedDecimal(2))
  }

  @Test("unmatched keys that a window has passed are dropped")
  func unmatchedMemory() throws {
    var fold = try AggregateFold("unmatched('A', 'B', by: properties.k, last 1d)")
    var most = 0
    for step in 0..<5000 {
      try fold.take("A", "\"k\":\(step)", at: day(Double(step) / 20))
      most = max(most, fold.cell.count)
    }
    #expect(try fold.value(day(4999.0 / 20)).number == FixedDecimal(20))
    #expect(most < 6000)
  }

  @Test("values: the most frequent, the least, the last seen first, and how many")
  func values() throws {
    let seen = [("shoes", 0.0), ("hats", 1), ("shoes", 2), ("hats", 3), ("bags", 4)]
    func answer(_ text: String) throws -> AggregateValue {
      var fold = try AggregateFold(text)
      for (value, at) in seen { try fold.take("V", "\"c\":\"\(value)\"", at: day(at)) }
      return try fold.value(day(5))
    }
    #expect(try answer("most_frequent('V', properties.c)").selection?.value.description == "hats")
    #expect(try answer("least_frequent('V', properties.c)").selection?.value.description == "bags")
    let list = try answer("unique_list('V', properties.c, limit: 2)")
    #expect(list.list.map(\.description) == ["bags", "hats"])
    #expect(list.isTruncated && list.count == 3)
    #expect(try answer("unique_count('V', properties.c)").number == FixedDecimal(3))
    let counts = try answer("category_count('V', properties.c)")
    #expect(counts.categories.map { "\($0.value) \($0.count)" } == ["hats 2", "shoes 2", "bags 1"])
    #expect(!counts.isTruncated)
  }

  @Test("thousands of different values are counted exactly, and found again")
  func manyValues() throws {
    var fold = try AggregateFold("unique_count('V', properties.c)")
    for step in 0..<9000 {
      try fold.take("V", "\"c\":\(step % 3000)", at: day(Double(step) / 1000))
    }
    // One value however it is written.
    try fold.take("V", "\"c\":7.0", at: day(10))
    try fold.take("V", "\"c\":7e0", at: day(10))
    #expect(try fold.value(day(10)).number == FixedDecimal(3000))
  }

  @Test("sessions, the latest one, and the edges of windows between dates")
  func sessions() throws {
    let minutes = [0.0, 20, 50, 81, 100]
    func answer(_ text: String, _ at: Double = 1) throws -> AggregateValue {
      var fold = try AggregateFold(text)
      for minute in minutes {
        try fold.take("P", "\"s\":\(Int(minute) + 1)", at: day(minute / 1440))
      }
      return try fold.value(day(at))
    }
    #expect(try answer("sessions('P', gap: 30m)").number == FixedDecimal(2))
    #expect(try answer("sessions('P', gap: 31m)").number == FixedDecimal(1))
    #expect(try answer("sessions('P', gap: 19m)").number == FixedDecimal(4))
    #expect(try answer("count('P', latest session gap 30m)").number == FixedDecimal(2))
    #expect(
      try answer("sum('P', properties.s, latest session gap 30m)").number == FixedDecimal(183))
    #expect(try answer("min('P', properties.s, latest session gap 29m)").number == FixedDecimal(82))
    let between = "count('P', between '2026-01-01T00:20:00Z' and '2026-01-01T01:40:00Z')"
    #expect(try answer(between).number == FixedDecimal(3))
    #expect(try answer("count('P', before '2026-01-01T00:20:00Z')").number == FixedDecimal(1))
    #expect(try answer("count('P', after '2026-01-01T00:20:00Z')").number == FixedDecimal(4))
    #expect(try answer("count('P', this day)", 0.9).number == FixedDecimal(5))
    #expect(try answer("count('P', this day)").number == .zero)
    #expect(try answer("count('P', last day)").number == FixedDecimal(5))
    #expect(try answer("count('P', this month in 'Asia/Kolkata')", 30.75).number == FixedDecimal(5))
    let kolkata = try answer("count('P', this month in 'Asia/Kolkata')", 31)
    #expect(kolkata.number == .zero)
  }

  @Test("averages divide half to even, and there is none of nothing")
  func averages() throws {
    for (amounts, expected) in [
      ("1,2", "1.5"), ("0,0,1", "0.333333333"), ("0,0,2", "0.666666667"),
      ("-1,-2,-2", "-1.666666667"),
      ("0.000000001,0", "0"), ("0.000000003,0", "0.000000002"), ("-0.000000001,0", "0"),
      ("-0.000000003,0", "-0.000000002"),
      (
        "170141183460469231731687303715,170141183460469231731687303715",
        "170141183460469231731687303715"
      ),
    ] {
      var fold = try AggregateFold("avg('O', properties.v)")
      #expect(try fold.value(day(0)).number == nil)
      for amount in amounts.split(separator: ",") {
        try fold.take("O", "\"v\":\"\(amount)\"", at: day(0))
      }
      #expect(try fold.value(day(0)).number?.description == expected)
    }
  }

  @Test("least and greatest are per currency, and skip what is not a number")
  func extremes() throws {
    let orders = ["5,'USD'", "7.5,'EUR'", "-3,'USD'", "'x','USD'"]
    for (function, usd, eur) in [("min", "-3", "7.5"), ("max", "5", "7.5")] {
      var fold = try AggregateFold(
        "\(function)('O', properties.v, currency: properties.c, last 10d)")
      for (index, order) in orders.enumerated() {
        let parts = order.replacing("'", with: "\"").split(separator: ",")
        try fold.take("O", "\"v\":\(parts[0]),\"c\":\(parts[1])", at: day(Double(index)))
      }
      let value = try fold.value(day(4))
      #expect(value.total(try #require(CurrencyCode("USD")))?.description == usd)
      #expect(value.total(try #require(CurrencyCode("EUR")))?.description == eur)
      #expect(value.total(try #require(CurrencyCode("JPY"))) == nil)
      #expect(value.skipped == 1)
    }
  }
}
