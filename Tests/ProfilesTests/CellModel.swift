// The brute-force reference of cells: a list of events, read from the definition of the aggregate.

import Bytes

@testable import Profiles

struct CellModel {
  let spec: CellSpec
  var events: [CellEvent] = []

  func inWindow(_ now: Timestamp) -> [CellEvent] {
    events.filter { event in
      guard event.time <= now else { return false }
      if let window = spec.window, event.time.milliseconds <= now.milliseconds - window.value {
        return false
      }
      switch (spec.kind, event.amount) {
      case (.count, _), (.sum, .decimal), (.sum, .skipped), (.first, .value), (.last, .value):
        return true
      default: return false
      }
    }
  }

  /// What must be read: counts, sums in halves of 64 bits, the selected sequence.
  struct Answer: Equatable {
    var count = 0
    var skipped = 0
    var sums: [String: [Int128]] = [:]
    var selected: UInt64?
    var text: String?
  }

  func answer(_ now: Timestamp) -> Answer {
    var answer = Answer()
    let counted = inWindow(now)
    switch spec.kind {
    case .count: answer.count = counted.count
    case .sum:
      answer.count = counted.count
      for event in counted {
        guard case .decimal(let amount, let currency) = event.amount else {
          answer.skipped += 1
          continue
        }
        var halves = answer.sums[currency.description] ?? [0, 0, 0]
        halves[0] += 1
        halves[1] += amount.mantissa >> 64
        halves[2] += amount.mantissa & Int128(UInt64.max)
        answer.sums[currency.description] = halves
      }
    case .first, .last:
      let sorted = counted.sorted { ($0.time, $0.sequence) < ($1.time, $1.sequence) }
      let chosen = spec.kind == .first ? sorted.first : sorted.last
      answer.selected = chosen?.sequence.value
      if case .value(let value)? = chosen?.amount { answer.text = value.description }
    }
    return answer.normalised
  }

  /// The first instant after `now` at which the set of counted events, or the choice, changes.
  func nextChange(_ now: Timestamp) -> Timestamp? {
    var instants: Set<Timestamp> = []
    for event in events {
      instants.insert(event.time)
      if let window = spec.window { instants.insert(event.time + window) }
    }
    func state(_ instant: Timestamp) -> [UInt64] {
      let sequences = inWindow(instant).map(\.sequence.value)
      switch spec.kind {
      case .count, .sum: return sequences.sorted()
      case .first, .last: return answer(instant).selected.map { [$0] } ?? []
      }
    }
    let present = state(now)
    return instants.sorted().first { $0 > now && state($0) != present }
  }
}

extension CellModel.Answer {
  init(_ value: AggregateValue) {
    count = Int(value.count)
    skipped = Int(value.skipped)
    for sum in value.sums {
      let upper = Int128(sum.sum.high) << 64 | Int128(sum.sum.low >> 64)
      sums[sum.currency.description] = [
        Int128(sum.count), upper, Int128(sum.sum.low & UInt128(UInt64.max)),
      ]
    }
    selected = value.selection?.sequence.value
    text = value.selection?.value.description
  }

  /// The same sums with the lower half below 2^64.
  var normalised: Self {
    var result = self
    result.sums = sums.mapValues {
      [$0[0], $0[1] + ($0[2] >> 64), $0[2] & Int128(UInt64.max)]
    }
    return result
  }
}
