// For which members of an account a rule holds, kept from event to event: an event then makes one member
// answer again, and the passing of time those for whom it can have changed something.

import Bytes
import Profiles

/// How many members of an account a rule holds for.
struct MemberCount {
  /// For how many it holds.
  var holding: Int
  /// How many there are.
  var all: Int
  /// The first instant, in milliseconds, at which the rule can come to hold for another number.
  var due: Int64
}

/// The total over the members of an account.
struct MemberSum {
  /// The sum of the numbers of those that have one.
  var total: FixedDecimal
  /// How many have one.
  var count: Int
  /// The first instant, in milliseconds, at which it can differ.
  var due: Int64
}

/// The answers of the members of one account to one question: whether a rule holds, or a number.
///
/// Not part of the state: what is kept here follows from it, and can be forgotten at any time.
final class MemberTally {
  /// Ascending; the other lists are in the same order.
  private var persons: [UInt32] = []
  private var truths: [Bool] = []
  private var dues: [Int64] = []
  /// Of numbers: those of members that have one, zero for others.
  private var numbers: [FixedDecimal] = []
  private var total = WideSum.zero
  /// The sum of all numbers without their signs: if that does not overflow, no sum of some of them does.
  private var magnitude = WideSum.zero
  private var holding = 0
  /// When members can answer otherwise; also of answers that have been given again since.
  private var waiting = DueHeap()
  private var stale: Set<UInt32> = []

  /// The number of members.
  var count: Int { persons.count }

  /// Notes what a member answers; of numbers, whether it has one and which.
  ///
  /// - Complexity: O(log members); O(members) for one that is older than others and new here.
  func set(_ person: ProfileOrdinal, _ answer: KnownTruth, number: FixedDecimal? = nil) {
    let place = place(of: person.value)
    if place < persons.count, persons[place] == person.value {
      holding -= truths[place] ? 1 : 0
      if number != nil || numbers[place] != .zero { replaceNumber(at: place, by: number ?? .zero) }
      truths[place] = answer.isTrue
      if dues[place] != answer.due { waiting.push(answer.due, person.value) }
      dues[place] = answer.due
    } else {
      persons.insert(person.value, at: place)
      truths.insert(answer.isTrue, at: place)
      dues.insert(answer.due, at: place)
      numbers.insert(.zero, at: place)
      if let number { replaceNumber(at: place, by: number) }
      waiting.push(answer.due, person.value)
    }
    holding += answer.isTrue ? 1 : 0
    // Of each member one instant counts: what is more than twice as many is mostly skipped.
    if waiting.count > 2 * persons.count + 64 { waiting = DueHeap(dues, persons) }
  }

  /// Forgets a member that has been absorbed by another.
  func remove(_ person: ProfileOrdinal) {
    let place = place(of: person.value)
    guard place < persons.count, persons[place] == person.value else { return }
    holding -= truths[place] ? 1 : 0
    replaceNumber(at: place, by: .zero)
    numbers.remove(at: place)
    persons.remove(at: place)
    truths.remove(at: place)
    dues.remove(at: place)
  }

  /// Has a member answer again before the next count.
  func markStale(_ person: ProfileOrdinal) { stale.insert(person.value) }

  /// Takes those who have to answer again at `now`, each once.
  func takeStale(at now: Int64) -> Set<UInt32> {
    while let next = waiting.first, next.due <= now {
      waiting.removeFirst()
      if isCurrent(next) { stale.insert(next.person) }
    }
    defer { stale.removeAll() }
    return stale
  }

  /// The number of those for whom the rule holds, nobody being stale.
  var present: MemberCount {
    while let next = waiting.first, !isCurrent(next) { waiting.removeFirst() }
    return MemberCount(holding: holding, all: persons.count, due: waiting.first?.due ?? .max)
  }

  /// The sum of the numbers, nobody being stale; nil if they are so large that the order of adding could matter.
  var sum: MemberSum? {
    guard magnitude.decimal != nil, let total = total.decimal else { return nil }
    let present = present
    return MemberSum(total: total, count: present.holding, due: present.due)
  }

  private func replaceNumber(at place: Int, by number: FixedDecimal) {
    let old = numbers[place]
    total.subtract(WideSum(old))
    total.add(WideSum(number))
    if old < .zero { magnitude.add(WideSum(old)) } else { magnitude.subtract(WideSum(old)) }
    if number < .zero {
      magnitude.subtract(WideSum(number))
    } else {
      magnitude.add(WideSum(number))
    }
    numbers[place] = number
  }

  private func isCurrent(_ entry: DueHeap.Entry) -> Bool {
    let place = place(of: entry.person)
    return place < persons.count && persons[place] == entry.person && dues[place] == entry.due
  }

  /// The first place whose person is not below `person`.
  private func place(of person: UInt32) -> Int {
    var (low, high) = (0, persons.count)
    while low < high {
      let middle = (low + high) / 2
      if persons[middle] < person { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
