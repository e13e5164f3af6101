// The brute-force reference of functions over values, keys, sessions, steps and weights.

import Bytes
import Glibc

@testable import Profiles

extension CellModel {
  /// The answer as text, from the events that count.
  func otherAnswer(_ counted: [CellEvent], _ now: Timestamp) -> String {
    switch spec.function {
    case .unmatched: return "\(unmatched(counted, now))"
    case .sessions: return "\(sessions(counted))"
    case .sequence: return "\(happened(counted))"
    case .score: return Self.rounded(score(counted, now))
    default: return tallies(counted)
    }
  }

  static func rounded(_ score: Double) -> String { "\(Int64((score * 10_000).rounded()))" }

  private func tallies(_ counted: [CellEvent]) -> String {
    var times: [String: [Timestamp]] = [:]
    for event in counted {
      if case .value(let value) = event.amount {
        times[value.description, default: []].append(event.time)
      }
    }
    // Texts are unique among the values of these tests, so that they can stand for them.
    let latest = times.mapValues { $0.max() ?? .earliest }
    func isRecent(_ a: String, _ b: String) -> Bool {
      guard let first = latest[a], let second = latest[b], first != second else { return a < b }
      return first > second
    }
    func isOften(_ a: String, _ b: String, _ sign: Int) -> Bool {
      let (first, second) = ((times[a]?.count ?? 0) * sign, (times[b]?.count ?? 0) * sign)
      return first != second ? first > second : isRecent(a, b)
    }
    let names = Array(times.keys)
    switch spec.function {
    case .uniqueCount: return "\(names.count)"
    case .mostFrequent: return names.sorted { isOften($0, $1, 1) }.first ?? "none"
    case .leastFrequent: return names.sorted { isOften($0, $1, -1) }.first ?? "none"
    case .uniqueList:
      let sorted = names.sorted(by: isRecent)
      return "\(sorted.prefix(2)) \(sorted.count > 2) \(sorted.count)"
    default:
      let sorted = names.sorted { isOften($0, $1, 1) }
      return "\(sorted.prefix(2).map { "\($0) \(times[$0]?.count ?? 0)" }) \(sorted.count > 2)"
    }
  }

  private func unmatched(_ asked: [CellEvent], _ now: Timestamp) -> Int {
    var keys: Set<[UInt8]> = []
    for event in asked { if case .keyed(let key, _) = event.amount { keys.insert(key) } }
    return keys.count { key in
      func isOf(_ event: CellEvent) -> Bool {
        if case .keyed(key, _) = event.amount { true } else { false }
      }
      return asked.contains { question in
        guard isOf(question) else { return false }
        return !events.contains { answer in
          guard isOf(answer), answer.time <= now, case .keyed(_, let role) = answer.amount,
            role != .asks
          else { return false }
          return (answer.time, answer.sequence) >= (question.time, question.sequence)
        }
      }
    }
  }

  private func sessions(_ counted: [CellEvent]) -> Int {
    guard case .gap(let gap) = spec.parameters else { return -1 }
    let times = counted.map(\.time.milliseconds).sorted()
    guard !times.isEmpty else { return 0 }
    return 1 + zip(times, times.dropFirst()).count { $1 - $0 > gap.value }
  }

  /// Tries every chain.
  private func happened(_ counted: [CellEvent]) -> Bool {
    guard case .sequence(let rule) = spec.parameters else { return false }
    let sorted = counted.sorted { ($0.time, $0.sequence) < ($1.time, $1.sequence) }
    let masks = sorted.map { event -> UInt32 in
      if case .steps(let mask) = event.amount { mask } else { 0 }
    }
    func goesOn(_ step: Int, after place: Int, from first: Int) -> Bool {
      if step == rule.stepCount { return true }
      for next in (place + 1)..<max(sorted.count, place + 1)
      where masks[next] >> UInt32(step) & 1 == 1 {
        let begin = step == 0 ? next : first
        if let within = rule.within,
          sorted[next].time.milliseconds - sorted[begin].time.milliseconds > within.value
        {
          continue
        }
        let between = step == 0 ? [] : masks[(place + 1)..<next]
        if between.contains(where: { $0 & rule.exclusions[step] != 0 }) { continue }
        if goesOn(step + 1, after: next, from: begin) { return true }
      }
      return false
    }
    return goesOn(0, after: -1, from: -1)
  }

  private func score(_ counted: [CellEvent], _ now: Timestamp) -> Double {
    guard case .halfLife(let halfLife) = spec.parameters else { return .nan }
    return counted.reduce(0) { sum, event in
      guard case .decimal(let weight, _) = event.amount else { return .nan }
      let age = Double(now.milliseconds - event.time.milliseconds) / Double(halfLife.value)
      return sum + Double(weight.mantissa) / 1e9 * exp2(-age)
    }
  }
}

extension AggregateValue {
  /// The answer as the model writes it; empty for functions that it compares in other ways.
  func otherAnswer(at now: Timestamp) -> String {
    switch function {
    case .mostFrequent, .leastFrequent: selection?.value.description ?? "none"
    case .uniqueCount, .unmatched, .sessions: number?.description ?? "none"
    case .uniqueList: "\(list.map(\.description)) \(isTruncated) \(count)"
    case .categoryCount:
      "\(categories.map { "\($0.value) \($0.count)" }) \(isTruncated)"
    case .sequence: "\(truth)"
    case .score: CellModel.rounded(score.value(at: now))
    default: ""
    }
  }
}
