// The brute-force reference of cells: a list of events, read from the definition of the aggregate.

import Bytes

@testable import Profiles

struct CellModel {
  let spec: CellSpec
  var events: [CellEvent] = []

  func inWindow(_ now: Timestamp) -> [CellEvent] {
    let takes = events.filter { event in
      switch (spec.function, event.amount) {
      case (.count, _), (.exists, _): true
      case (.sum, .decimal), (.average, .decimal), (.minimum, .decimal), (.maximum, .decimal),
        (.sum, .skipped), (.average, .skipped), (.minimum, .skipped), (.maximum, .skipped),
        (.sum, .rounded), (.average, .rounded), (.minimum, .exact), (.maximum, .exact):
        true
      case (.first, .value), (.last, .value), (.firstAt, .value), (.lastAt, .value): true
      case (.mostFrequent, .value), (.leastFrequent, .value), (.uniqueList, .value),
        (.uniqueCount, .value), (.categoryCount, .value):
        true
      case (.sessions, _), (.score, .decimal): true
      case (.sequence, .steps(let mask)): mask != 0
      case (.unmatched, .keyed(_, let role)): role != .answersOnly
      // Of a session, every event is part.
      case (_, .none): spec.window.sessionGap != nil
      default: false
      }
    }
    guard case .latestSession(let gap) = spec.window else {
      return takes.filter { Self.isInside($0.time.milliseconds, now.milliseconds, spec.window) }
    }
    var session: [CellEvent] = []
    for event in takes.sorted(by: { $0.time > $1.time }) where event.time <= now {
      if let last = session.last, last.time.milliseconds - event.time.milliseconds > gap.value {
        break
      }
      session.append(event)
    }
    return session
  }

  private static func isInside(_ time: Int64, _ now: Int64, _ window: CellWindow) -> Bool {
    switch window {
    case .allTime, .latestSession: return time <= now
    case .last(let length): return time > now - length.value && time <= now
    case .ago(let newest, let oldest):
      return time > now - oldest.value && time <= now - newest.value
    case .span(let after, let through):
      return time > after.milliseconds && time <= through.milliseconds && time <= now
    case .calendar(let window):
      let (date, today) = (localDate(time, window.zone), localDate(now, window.zone))
      return window.count == 0
        ? date == today && time <= now : date < today && date >= today - window.count
    }
  }

  /// The date in UTC, or in Berlin around the 29th of March 2026, when summer began at 01:00 UTC.
  private static func localDate(_ time: Int64, _ zone: TimeZoneRules) -> Int64 {
    let change: Int64 = 1_774_746_000_000
    let offset: Int64 = zone == .utc ? 0 : time < change ? 3_600_000 : 7_200_000
    return Int64((Double(time + offset) / 86_400_000).rounded(.down))
  }

  /// What must be read: counts, sums in halves of 64 bits, the selected sequence.
  struct Answer: Equatable {
    var count = 0
    var skipped = 0
    var rounded = 0
    var sums: [String: [Int128]] = [:]
    var selected: UInt64?
    var text: String?
    /// Of averages: by currency, as text.
    var averages: [String: String] = [:]
    /// Of functions with answers of other forms: the answer as text.
    var other = ""
  }

  func answer(_ now: Timestamp) -> Answer {
    var answer = Answer()
    let counted = inWindow(now)
    switch spec.function {
    case .mostFrequent, .leastFrequent, .uniqueList, .uniqueCount, .categoryCount, .unmatched,
      .sessions, .sequence, .score:
      answer.other = otherAnswer(counted, now)
    case .count, .exists: answer.count = counted.count
    case .sum, .average:
      answer.count = counted.count { $0.amount != .none }
      for event in counted where event.amount != .none {
        guard let (amount, currency) = event.added else {
          answer.skipped += 1
          continue
        }
        if case .rounded = event.amount { answer.rounded += 1 }
        var halves = answer.sums[currency.description] ?? [0, 0, 0, 0]
        halves[0] += 1
        halves[1] += amount.mantissa >> 64
        halves[2] += amount.mantissa & Int128(UInt64.max)
        answer.sums[currency.description] = halves
      }
      if spec.function == .average {
        for currency in answer.sums.keys { answer.averages[currency] = average(counted, currency) }
      }
    case .minimum, .maximum:
      var best: [CurrencyCode: ExactDecimal] = [:]
      for event in counted where event.amount != .none {
        switch event.amount {
        case .decimal(let amount, let currency):
          best[currency] = extreme(best[currency], ExactDecimal(amount))
        case .exact(let amount, let currency): best[currency] = extreme(best[currency], amount)
        default: answer.skipped += 1
        }
      }
      for (currency, number) in best {
        let mantissa = number.floor.mantissa
        answer.sums[currency.description] = [
          1, mantissa >> 64, mantissa & Int128(UInt64.max), Int128(number.rest),
        ]
      }
    default:
      let sorted = counted.filter { $0.amount != .none }.sorted {
        ($0.time, $0.sequence) < ($1.time, $1.sequence)
      }
      let isFirst = spec.function == .first || spec.function == .firstAt
      let chosen = isFirst ? sorted.first : sorted.last
      answer.selected = chosen?.sequence.value
      if case .value(let value)? = chosen?.amount { answer.text = value.description }
    }
    return answer.normalised
  }

  private func extreme(_ known: ExactDecimal?, _ new: ExactDecimal) -> ExactDecimal {
    guard let known else { return new }
    return spec.function == .minimum ? min(known, new) : max(known, new)
  }

  /// The mean in billionths: the candidate whose remainder is least, the even one of two.
  private func average(_ events: [CellEvent], _ currency: String) -> String {
    var (whole, rest, count): (Int128, Int128, Int128) = (0, 0, 0)
    for event in events {
      if let (_, code) = event.added, code.description == currency { count += 1 }
    }
    for event in events {
      guard let (amount, code) = event.added, code.description == currency else { continue }
      // Quotient and remainder by parts, so that large amounts do not overflow.
      whole += amount.mantissa / count
      rest += amount.mantissa % count
    }
    whole += rest / count
    rest %= count
    let candidates = (-1...1).map { (error: (rest - count * $0).magnitude, value: whole + $0) }
    let least = candidates.map(\.error).min() ?? 0
    let best = candidates.filter { $0.error == least }
    let chosen = best.count == 1 ? best[0] : best.first { $0.value & 1 == 0 } ?? best[0]
    return FixedDecimal(mantissa: chosen.value).description
  }

  /// The first instant after `now` at which the set of counted events, or the choice, changes.
  func nextChange(_ now: Timestamp) -> Timestamp? {
    var instants: Set<Timestamp> = []
    for event in events {
      instants.insert(event.time)
      switch spec.window {
      case .last(let length): instants.insert(event.time + length)
      case .ago(let newest, let oldest):
        instants.insert(event.time + newest)
        instants.insert(event.time + oldest)
      case .calendar:
        // Dates begin at full hours.
        let hour = event.time.milliseconds / 3_600_000
        for later in 0...100 {
          instants.insert(Timestamp(milliseconds: (hour + Int64(later)) * 3_600_000))
        }
      case .allTime, .span, .latestSession: break
      }
    }
    func state(_ instant: Timestamp) -> [UInt64] {
      let sequences = inWindow(instant).map(\.sequence.value)
      if case .latestSession = spec.window { return sequences.sorted() }
      switch spec.function {
      case .mostFrequent, .leastFrequent, .uniqueList, .uniqueCount, .categoryCount, .score:
        return sequences.sorted()
      case .unmatched, .sessions, .sequence:
        return answer(instant).other.utf8.map { UInt64($0) }
      case .count, .exists, .sum, .average, .minimum, .maximum: return sequences.sorted()
      default: return answer(instant).selected.map { [$0] } ?? []
      }
    }
    let present = state(now)
    return instants.sorted().first { $0 > now && state($0) != present }
  }
}

extension CellModel.Answer {
  init(_ value: AggregateValue, at now: Timestamp) {
    other = value.otherAnswer(at: now)
    guard other.isEmpty else { return }
    count = Int(value.count)
    skipped = Int(value.skipped)
    rounded = Int(value.rounded)
    for sum in value.sums {
      let upper = Int128(sum.sum.high) << 64 | Int128(sum.sum.low >> 64)
      sums[sum.currency.description] = [
        Int128(sum.count), upper, Int128(sum.sum.low & UInt128(UInt64.max)), Int128(sum.rest),
      ]
    }
    if value.function == .average {
      for sum in value.sums {
        averages[sum.currency.description] = value.total(sum.currency)?.description
      }
    }
    selected = value.selection?.sequence.value
    text = value.selection?.value.description
  }

  /// The same sums with the lower half below 2^64.
  var normalised: Self {
    var result = self
    result.sums = sums.mapValues {
      [$0[0], $0[1] + ($0[2] >> 64), $0[2] & Int128(UInt64.max), $0[3]]
    }
    return result
  }
}

extension CellEvent {
  /// What is added to a sum.
  fileprivate var added: (FixedDecimal, CurrencyCode)? {
    switch amount {
    case .decimal(let amount, let currency), .rounded(let amount, let currency): (amount, currency)
    default: nil
    }
  }
}
