import Bytes
import StorageSimulation
import Testing

@testable import Profiles

private let functions: [AggregateFunction] = [
  .count, .exists, .sum, .average, .minimum, .maximum, .first, .last, .firstAt, .lastAt,
  .mostFrequent, .leastFrequent, .uniqueList, .uniqueCount, .categoryCount, .unmatched, .sessions,
  .sequence, .score,
]

/// Of each aggregate, cells that lay their few entries back to back, and those that have them in tiny chunks.
private let specs = [2048, 40].flatMap { chunkBytes in
  wholeSpecs.map {
    CellSpec($0.function, window: $0.window, $0.parameters, chunkBytes: chunkBytes)
  }
}

private let wholeSpecs: [CellSpec] = windows.flatMap { window in
  functions.flatMap { function -> [CellSpec] in
    let scale = TestClock(window).scale
    if window.sessionGap != nil, [.unmatched, .sessions, .sequence].contains(function) {
      return []
    }
    switch function {
    case .uniqueList, .categoryCount: return [CellSpec(function, window: window, .limit(2))]
    case .sessions: return [CellSpec(function, window: window, .gap(Milliseconds(15 * scale)))]
    case .score where window != .allTime: return []
    case .score: return [CellSpec(function, .halfLife(Milliseconds(1000)))]
    case .sequence:
      return [
        rule(within: Milliseconds(60 * scale), excludes: true), rule(within: nil, excludes: false),
      ].map { CellSpec(function, window: window, .sequence($0)) }
    default: return [CellSpec(function, window: window)]
    }
  }
}

/// A, then B, then C; perhaps without D before B and E before C: bits 0 to 4.
private func rule(within: Milliseconds?, excludes: Bool) -> SequenceRule {
  func pattern(_ name: String) -> EventPattern { EventPattern(.names([name])) }
  return SequenceRule(
    EventSequence(
      [
        .init(pattern("A")), .init(pattern("B"), without: excludes ? [pattern("D")] : []),
        .init(pattern("C"), without: excludes ? [pattern("E")] : []),
      ], within: within))
}

/// Windows of every form; those of the calendar are days, the others some hundred milliseconds.
private let windows: [CellWindow] = [
  .allTime,
  .last(Milliseconds(100)),
  .ago(newest: Milliseconds(30), oldest: Milliseconds(100)),
  .span(after: Timestamp(milliseconds: 1050), through: Timestamp(milliseconds: 1400)),
  .span(after: Timestamp(milliseconds: .min), through: Timestamp(milliseconds: 1200)),
  .span(after: Timestamp(milliseconds: 1200), through: Timestamp(milliseconds: .max)),
  .latestSession(gap: Milliseconds(20)),
  .calendar(CalendarWindow(.day, count: 0)),
  .calendar(CalendarWindow(.day, count: 2, in: berlin)),
]

/// Zone files that the tests read are those of the machine.
private let berlin = SystemZones.zone("Europe/Berlin")

/// The clock of a test: how long a step is, and where it begins.
private struct TestClock {
  let start: Timestamp
  let scale: Int64

  init(_ window: CellWindow) {
    if case .calendar = window {
      // Three days before summer time begins in Berlin, in steps of an hour.
      start = Timestamp(milliseconds: 1_774_483_200_000)
      scale = 3_600_000
    } else {
      start = Timestamp(milliseconds: 1000)
      scale = 1
    }
  }
}

extension SeededRandom {
  mutating func step(_ most: Int64, _ scale: Int64) -> Milliseconds {
    Milliseconds(Int64.random(in: 0...most, using: &self) * scale)
  }

  mutating func cellEvent(_ sequence: UInt64, near now: Timestamp, _ spec: CellSpec) -> CellEvent {
    // Small distances, so that instants and window edges coincide often.
    let distance = pick([
      0, 0, 0, -1, -99, -100, -101, 1, 5, Int64.random(in: -220...120, using: &self),
    ])
    var amount: CellAmount
    switch spec.function {
    case .count, .exists, .sessions: amount = .none
    case .mostFrequent, .leastFrequent, .uniqueList, .uniqueCount, .categoryCount:
      let texts = ["a", "b", "c", "long \(Int.random(in: 0...20, using: &self))"]
      amount = pick([
        .value(.string(Array(pick(texts).utf8))), .value(.number([0x37])), .value(.bool(true)),
        .none,
      ])
      // Too long for windowed tallies.
      if chance(2) { amount = .value(.string([UInt8](repeating: 0x7A, count: 600))) }
    case .unmatched:
      let key = Array("key \(Int.random(in: 0...(chance(10) ? 40 : 3), using: &self))".utf8)
      amount = .keyed(key, pick([.asks, .asks, .answersOnly, .both]))
    case .sequence: amount = .steps(pick([0, 1, 2, 4, 4, 8, 16, 3, 6, 9, 18]))
    case .score:
      let weight = FixedDecimal(
        mantissa: Int128.random(in: -5_000_000_000...9_000_000_000, using: &self))
      amount = .decimal(weight, .none)
    case .sum, .average, .minimum, .maximum:
      let currency = pick(["USD", "EUR", "JPY"].compactMap { CurrencyCode($0) } + [.none])
      let large = Int128.max / 2
      let mantissa =
        chance(20) ? pick([large, -large]) : Int128.random(in: -500...500, using: &self)
      let number = FixedDecimal(mantissa: mantissa)
      if chance(10) {
        amount = pick([.none, .skipped])
      } else if chance(70) {
        amount = .decimal(number, currency)
      } else if [.sum, .average].contains(spec.function) {
        amount = .rounded(number, currency)
      } else {
        // Of the same nine digits, so that what follows decides.
        let rest = UInt128.random(in: 1...3, using: &self)
        amount = .exact(
          ExactDecimal(floor: FixedDecimal(mantissa: mantissa % 3), rest: rest), currency)
      }
    default:
      let text = Array("value \(Int.random(in: 0...1000, using: &self))".utf8)
      amount = pick([.value(.string(text)), .value(.number([0x31])), .value(.bool(true)), .none])
    }
    return CellEvent(
      time: now + Milliseconds(distance * TestClock(spec.window).scale),
      sequence: SequenceNumber(sequence), amount: amount)
  }
}

@Suite struct CellTests {
  @Test("cells agree with a brute-force list of events at every instant", arguments: specs)
  func model(spec: CellSpec) throws {
    for seed in UInt64(1)...TestDepth.of(8, part: 4) {
      var random = SeededRandom(seed)
      var model = CellModel(spec: spec)
      var cell = ArrayCell()
      let clock = TestClock(spec.window)
      var now = clock.start
      for step in UInt64(1)...60 {
        if random.chance(70) { now = now + random.step(40, clock.scale) }
        if random.chance(80) {
          let event = random.cellEvent(step, near: now, spec)
          model.events.append(event)
          if spec.ignores(event.amount.form, at: event.time, now: now) {
            // Needs no cell: the comparisons below hold without it.
            continue
          }
          try Cell.insert(into: &cell, spec, event, now: now)
        } else {
          try Cell.advance(value: &cell, spec, now: now)
        }
        for later in [0, random.pick([1, 50]), random.pick([99, 100, 101, 400])] {
          let instant = now + Milliseconds(Int64(later) * clock.scale)
          var value = try Cell.read(cell.bytes, spec, now: instant)
          value.finish(as: spec)
          try #require(
            CellModel.Answer(value, at: instant) == model.answer(instant),
            "seed \(seed) step \(step) +\(later)")
          try checkBrief(cell, spec, model, at: instant)
          guard random.chance(8) else { continue }
          let next = try Cell.answer(cell.bytes, spec, now: instant).change
          let expected = model.nextChange(instant)
          if [.unmatched, .sessions, .sequence].contains(spec.function) {
            // Never later than the change; sometimes there is an instant at which nothing changes.
            try #require(
              next ?? .latest <= expected ?? .latest, "seed \(seed) step \(step) +\(later)")
            try #require(next ?? .latest > instant, "seed \(seed) step \(step) +\(later)")
          } else {
            try #require(next == expected, "seed \(seed) step \(step) +\(later)")
          }
        }
      }
    }
  }

  /// Checks what a cell says at once, if it does, as the only one of a profile.
  private func checkBrief(
    _ cell: ArrayCell, _ spec: CellSpec, _ model: CellModel, at instant: Timestamp
  ) throws {
    guard spec.mayBeBrief, cell.count > 0,
      let (value, change) = try Cell.brief(cell.bytes, spec, now: instant)
    else { return }
    try #require(
      CellModel.Answer(value, at: instant) == model.answer(instant),
      "\(spec.window) \(spec.parameters)")
    let expected = model.nextChange(instant)
    try #require(change ?? .latest <= expected ?? .latest)
    try #require(change ?? .latest > instant)
  }

  @Test("the logical content depends on the events only", arguments: specs)
  func canonical(spec: CellSpec) throws {
    for seed in UInt64(1)...TestDepth.of(50, part: 16) {
      var random = SeededRandom(seed &+ 1 << 32)
      var cell = ArrayCell()
      let clock = TestClock(spec.window)
      var now = clock.start
      var events: [CellEvent] = []
      for step in UInt64(1)...UInt64(random.pick([1, 3, 30])) {
        now = now + random.step(30, clock.scale)
        events.append(random.cellEvent(step, near: now, spec))
        try Cell.insert(into: &cell, spec, events[events.count - 1], now: now)
      }
      let end = now + Milliseconds(random.pick([0, 3, 99, 250]) * clock.scale)
      var rebuilt = ArrayCell()
      for event in events.shuffled(using: &random) {
        try Cell.insert(into: &rebuilt, spec, event, now: end)
      }
      var (first, second) = (ByteWriter(), ByteWriter())
      try Cell.hashCanonical(cell.bytes, spec, now: end, into: &first)
      try Cell.hashCanonical(rebuilt.bytes, spec, now: end, into: &second)
      #expect(first.bytes == second.bytes, "seed \(seed)")
      let isEmpty = try Cell.read(cell.bytes, spec, now: end).isEmpty
      let through = spec.window.bounds(at: end).through
      #expect(
        first.bytes.isEmpty || !isEmpty || events.contains { $0.time > through }, "seed \(seed)")
    }
  }

  @Test("many entries in chunks say what they say back to back", arguments: wholeSpecs)
  func chunks(spec: CellSpec) throws {
    let specs = [128, 1 << 20].map {
      CellSpec(spec.function, window: spec.window, spec.parameters, chunkBytes: $0)
    }
    var mostChunks = 0
    for seed in UInt64(1)...TestDepth.of(3, part: 1) {
      var random = SeededRandom(seed &+ 1 << 34)
      var cells = [ArrayCell(), ArrayCell()]
      let clock = TestClock(spec.window)
      var now = clock.start
      for step in UInt64(1)...300 {
        let most: Int64 = random.chance(3) ? 60 : 1
        now = now + random.step(most, clock.scale)
        let event = random.cellEvent(step, near: now, spec)
        for index in cells.indices {
          try Cell.insert(into: &cells[index], specs[index], event, now: now)
        }
        let first = cells[0]
        if first.count > 0 {
          let layout = try CellLayout(first.bytes, specs[0])
          if layout.isChunked { mostChunks = max(mostChunks, layout.chunkCount) }
        }
        guard step.isMultiple(of: 17) else { continue }
        let instant = now + random.step(120, clock.scale)
        var written = [ByteWriter(), ByteWriter()]
        var answers: [CellModel.Answer] = []
        for (index, cell) in cells.enumerated() {
          try Cell.hashCanonical(cell.bytes, specs[index], now: instant, into: &written[index])
          var value = try Cell.read(cell.bytes, specs[index], now: instant)
          value.finish(as: spec)
          answers.append(CellModel.Answer(value, at: instant))
          if spec.mayBeBrief, cell.count > 0,
            let (brief, _) = try Cell.brief(cell.bytes, specs[index], now: instant)
          {
            try #require(
              CellModel.Answer(brief, at: instant) == answers[index], "seed \(seed) step \(step)")
          }
        }
        try #require(written[0].bytes == written[1].bytes, "seed \(seed) step \(step)")
        try #require(answers[0] == answers[1], "seed \(seed) step \(step)")
      }
    }
    // Over all time, totals and tables take the place of what has come in.
    if !spec.isKept { #expect(mostChunks > (spec.kind == .last ? 1 : 3)) }
  }

  @Test("homes combine to what one cell would hold", arguments: specs)
  func homes(spec: CellSpec) throws {
    for seed in UInt64(1)...TestDepth.of(50, part: 16) {
      var random = SeededRandom(seed &+ 1 << 33)
      var cells = [ArrayCell(), ArrayCell(), ArrayCell()]
      var whole = CellModel(spec: spec)
      let clock = TestClock(spec.window)
      var now = clock.start
      for step in UInt64(1)...40 {
        now = now + random.step(30, clock.scale)
        let event = random.cellEvent(step, near: now, spec)
        whole.events.append(event)
        if spec.ignores(event.amount.form, at: event.time, now: now) { continue }
        try Cell.insert(into: &cells[Int.random(in: 0..<3, using: &random)], spec, event, now: now)
      }
      var value = AggregateValue()
      for cell in cells.shuffled(using: &random) {
        value.combine(try Cell.read(cell.bytes, spec, now: now), as: spec)
      }
      value.finish(as: spec)
      #expect(CellModel.Answer(value, at: now) == whole.answer(now), "seed \(seed)")
      // What changes the answer of all is announced by at least one.
      let changes = try cells.compactMap { try Cell.answer($0.bytes, spec, now: now).change }
      let expected = whole.nextChange(now) ?? .latest
      #expect(changes.min() ?? .latest <= expected, "seed \(seed)")
    }
  }

  @Test("an all-time count takes 16 bytes, a windowed one what is in its window")
  func size() throws {
    var (all, windowed) = (ArrayCell(), ArrayCell())
    let spec = CellSpec(.count, window: .last(Milliseconds(100)))
    for step in UInt64(1)...10_000 {
      let time = Timestamp(milliseconds: Int64(step) * 10)
      let event = CellEvent(time: time, sequence: SequenceNumber(step), amount: .none)
      try Cell.insert(into: &all, CellSpec(.count), event, now: time)
      try Cell.insert(into: &windowed, spec, event, now: time)
      #expect(windowed.count <= 24 + 8 * 2 * 12)
    }
    #expect(all.count == 16)
    #expect(try Cell.read(windowed.bytes, spec, now: Timestamp(milliseconds: 100_000)).count == 10)
    try Cell.advance(value: &windowed, spec, now: Timestamp(milliseconds: 200_000))
    #expect(windowed.count == 0)
  }

  @Test("a sum too large for a decimal says so, and comes back into range")
  func overflow() throws {
    let usd = try #require(CurrencyCode("USD"))
    let spec = CellSpec(.sum, window: .last(Milliseconds(100)))
    var cell = ArrayCell()
    let large = CellAmount.decimal(FixedDecimal(mantissa: .max), usd)
    for (index, time) in [Int64(0), 60].enumerated() {
      let at = Timestamp(milliseconds: time)
      let event = CellEvent(time: at, sequence: SequenceNumber(UInt64(index)), amount: large)
      try Cell.insert(into: &cell, spec, event, now: at)
    }
    #expect(try Cell.read(cell.bytes, spec, now: Timestamp(milliseconds: 60)).total(usd) == nil)
    let later = try Cell.read(cell.bytes, spec, now: Timestamp(milliseconds: 100))
    #expect(later.total(usd) == FixedDecimal(mantissa: .max))
  }

  @Test("damaged cells are errors or values, never traps", arguments: specs)
  func hostile(spec: CellSpec) throws {
    for seed in UInt64(1)...TestDepth.of(25, part: 8) {
      var random = SeededRandom(seed)
      var cell = ArrayCell()
      let clock = TestClock(spec.window)
      let now = clock.start
      let steps: UInt64 = random.chance(50) ? 8 : 30
      for step in 1...steps {
        try Cell.insert(into: &cell, spec, random.cellEvent(step, near: now, spec), now: now)
      }
      for _ in 0..<60 where !cell.array.isEmpty {
        var damaged = cell
        for _ in 0..<Int.random(in: 1...3, using: &random) {
          let index = Int.random(in: 0..<damaged.array.count, using: &random)
          damaged.array[index] = random.pick([0, 1, 0x7F, 0x80, 0xFF])
        }
        if random.chance(30) {
          damaged.array.removeLast(Int.random(in: 0..<damaged.count, using: &random))
        }
        let later = now + random.step(200, clock.scale)
        _ = try? Cell.read(damaged.bytes, spec, now: later)
        _ = try? Cell.answer(damaged.bytes, spec, now: later).change
        if damaged.count > 0 { _ = try? Cell.brief(damaged.bytes, spec, now: later) }
        var writer = ByteWriter()
        try? Cell.hashCanonical(damaged.bytes, spec, now: later, into: &writer)
        try? Cell.insert(into: &damaged, spec, random.cellEvent(99, near: later, spec), now: later)
        try? Cell.advance(value: &damaged, spec, now: later + Milliseconds(80))
      }
    }
  }
}
