// One evaluation of a program for one profile: the result, and until when it is certain. Only the
// operands that are needed are read, so the parts that a rule skips cost nothing and set no timer:
// while the operands that were read do not change, neither does the result.

import Bytes
import Glibc
import Profiles
import Storage

/// Where an evaluation reads from.
///
/// Everything is read through here, so that it can be kept.
protocol OperandSource {
  /// The value of a slot now.
  func value(ofSlot slot: Int) -> AggregateValue

  /// The number of events now, for a slot that is only a count; nil for others.
  func plainCount(ofSlot slot: Int) -> UInt64?

  /// The first instant after now, in milliseconds, at which a slot's value can differ by itself;
  /// `Int64.max` for none.
  func change(ofSlot slot: Int) -> Int64

  /// The first instant after now, in milliseconds, at which the count of a slot can come to be at least
  /// `least`, or no longer be so, by itself; `Int64.max` for none.
  func change(ofSlot slot: Int, reaching least: Int) -> Int64

  /// The profile's stable id.
  func profileID() throws(StoreError) -> ProfileID

  /// The members of an account, or the accounts of a person, each as a source of its own for one program.
  func others(_ asked: EntityKind, for program: BoundProgram) throws(StoreError) -> [Self]

  /// For how many members of an account a rule holds, without each of them being asked; nil if that is not kept.
  func memberCount(for program: BoundProgram) throws(StoreError) -> MemberCount?

  /// The sum of a number over the members of an account, without each of them being asked; nil if that is not
  /// kept.
  func memberSum(for program: BoundProgram) throws(StoreError) -> MemberSum?

  /// What is known of a program at this instant without evaluating it, and the first instant after it at
  /// which that can differ, in milliseconds.
  func knownTruth(of program: BoundProgram) -> KnownTruth?

  /// Keeps the result of evaluating a program.
  func keep(_ truth: KnownTruth, of program: BoundProgram)
}

/// Whether a rule holds, and the first instant in milliseconds at which that can differ.
struct KnownTruth: Sendable {
  var isTrue: Bool
  var due: Int64
}

/// Evaluates a program for one profile at one instant.
struct Evaluation<Source: OperandSource> {
  private var bound: BoundProgram
  let source: Source
  let now: Timestamp
  /// The instant that moving values are taken at: now, or a later one while a flip is looked for.
  var instant: Timestamp
  /// The first instant, in milliseconds, at which something that was asked for can differ.
  private(set) var due = Int64.max
  /// Whether a flip is looked for, so that no due instant is noted.
  private var isProbing = false
  private var memberEvaluations: [[Evaluation]?]

  init(_ program: BoundProgram, _ source: consuming Source, now: Timestamp) {
    bound = program
    self.source = source
    self.now = now
    instant = now
    let count = program.program.quantifiers.count
    memberEvaluations = count == 0 ? [] : Array(repeating: nil, count: count)
  }

  /// Turns to another program for the same profile at the same instant.
  mutating func begin(_ program: BoundProgram) {
    bound = program
    due = .max
    // Most programs have none, and for these nothing need be known of the array's type at run time.
    if !memberEvaluations.isEmpty { memberEvaluations.removeAll(keepingCapacity: true) }
    for _ in program.program.quantifiers { memberEvaluations.append(nil) }
  }

  /// What is evaluated.
  var program: Program {
    @inline(__always) get { bound.program }
  }

  /// The first instant after now at which what was evaluated can differ without a new event.
  var nextChange: Timestamp? { due == .max ? nil : Timestamp(milliseconds: due) }

  /// Whether the program's rule holds.
  mutating func isTrue() throws(StoreError) -> Bool { try truth(program.root) }

  /// Whether the program's rule holds for one of several that are asked, which others may have asked too.
  mutating func holdsWhenAsked() throws(StoreError) -> Bool {
    guard !isProbing else { return try isTrue() }
    if let known = source.knownTruth(of: bound) {
      due = min(due, known.due)
      return known.isTrue
    }
    let truth = try isTrue()
    source.keep(KnownTruth(isTrue: truth, due: due), of: bound)
    return truth
  }

  /// The value of an operand.
  mutating func value(ofOperand index: Int32) -> AggregateValue {
    let slot = bound.slots[Int(index)]
    if !isProbing { due = min(due, source.change(ofSlot: slot)) }
    return source.value(ofSlot: slot)
  }

  /// Whether a count is at least `least`.
  mutating func reaches(_ index: Int32, _ least: Int) -> Bool {
    let slot = bound.slots[Int(index)]
    if !isProbing { due = min(due, source.change(ofSlot: slot, reaching: least)) }
    return (source.plainCount(ofSlot: slot) ?? source.value(ofSlot: slot).count) >= UInt64(least)
  }

  /// Whether an operand is true, or was used: of a count, whether there is an event.
  mutating func holds(
    _ index: Int32, _ answer: (borrowing AggregateValue) -> Bool
  ) -> Bool {
    let slot = bound.slots[Int(index)]
    guard let count = source.plainCount(ofSlot: slot) else {
      return answer(value(ofOperand: index))
    }
    if !isProbing { due = min(due, source.change(ofSlot: slot, reaching: 1)) }
    return count > 0
  }

  // MARK: - Moving comparisons

  /// Evaluates a comparison of which a side moves, and finds when it flips.
  ///
  /// Between two changes of what is read, both sides move one way, so that the comparison flips once
  /// at most: the instant is found by bisection, exact to the millisecond.
  mutating func moving(_ comparison: NodeIndex) throws(StoreError) -> Bool {
    guard !isProbing else { return try truth(comparison) }
    if case .compareTimes(let operation, let a, let b) = program.nodes[Int(comparison)],
      case .since(let operand) = program.nodes[Int(a)],
      case .time(let length) = program.nodes[Int(b)]
    {
      return since(operand, operation, length)
    }
    let outer = due
    due = .max
    let result = try truth(comparison)
    let last = min(due, Timestamp.latest.milliseconds) - 1
    if last > now.milliseconds, try probe(comparison, at: last) != result {
      due = min(due, try flip(of: comparison, from: result, before: last))
    }
    due = min(due, outer)
    return result
  }

  /// The instant at which a comparison flips that has flipped at `last`.
  ///
  /// Bisection alone takes about fifty steps; where two scores are compared, their logarithms say
  /// where to look first: the logarithm of a decaying score falls linearly.
  private mutating func flip(
    of comparison: NodeIndex, from result: Bool, before last: Int64
  ) throws(StoreError) -> Int64 {
    var (low, high) = (now.milliseconds, last)
    if case .compareScores(_, let a, let b) = program.nodes[Int(comparison)],
      let guess = try flipOfScores(a, b), guess > low + 2, guess < high - 2
    {
      for instant in [guess - 2, guess + 2] where instant > low && instant < high {
        if try probe(comparison, at: instant) == result { low = instant } else { high = instant }
      }
    }
    while high - low > 1 {
      let middle = low + (high - low) / 2
      if try probe(comparison, at: middle) == result { low = middle } else { high = middle }
    }
    return high
  }

  /// Where two scores should be equal, by what both are now and in an hour; nil if that is not known.
  private mutating func flipOfScores(_ a: NodeIndex, _ b: NodeIndex) throws(StoreError) -> Int64? {
    let hour: Int64 = 3_600_000
    guard let present = try distance(a, b, at: now),
      let later = try distance(a, b, at: now + Milliseconds(hour))
    else { return nil }
    let steps = present / (present - later)
    guard steps.isFinite, steps > 0, steps < 1e8 else { return nil }
    return now.milliseconds + Int64(steps * Double(hour))
  }

  /// How far the logarithms of two scores are apart; nil if one is not above zero.
  private mutating func distance(
    _ a: NodeIndex, _ b: NodeIndex, at instant: Timestamp
  ) throws(StoreError) -> Double? {
    isProbing = true
    self.instant = instant
    defer {
      isProbing = false
      self.instant = now
    }
    guard let left = try score(a), let right = try score(b), left > 0, right > 0 else { return nil }
    return Glibc.log2(left) - Glibc.log2(right)
  }

  /// A comparison of the time since a moment with a duration, which flips where both are equal or a
  /// millisecond later.
  private mutating func since(
    _ operand: Int32, _ operation: ComparisonOperator, _ length: Int64
  ) -> Bool {
    guard let moment = value(ofOperand: operand).moment?.milliseconds else { return false }
    let isAfter = operation == .greater || operation == .lessOrEqual
    let flip =
      Timestamp(milliseconds: moment) + Milliseconds(length) + Milliseconds(isAfter ? 1 : 0)
    if flip > now, flip < .latest { due = min(due, flip.milliseconds) }
    return operation.holds(max(0, now.milliseconds - moment), length)
  }

  private mutating func probe(
    _ comparison: NodeIndex, at milliseconds: Int64
  ) throws(StoreError) -> Bool {
    isProbing = true
    instant = Timestamp(milliseconds: milliseconds)
    defer {
      isProbing = false
      instant = now
    }
    return try truth(comparison)
  }

  // MARK: - Members and accounts

  /// For how many members a rule holds, if that is kept.
  ///
  /// While a flip is looked for, too: the instants of that come before the count's own `due`.
  mutating func memberCount(_ index: Int32) throws(StoreError) -> MemberCount? {
    guard program.quantifiers[Int(index)].asked == .person else { return nil }
    let count = try source.memberCount(for: bound.quantifiers[Int(index)])
    if let count, !isProbing { due = min(due, count.due) }
    return count
  }

  /// The sum of a number over members, if that is kept.
  mutating func memberSum(_ index: Int32) throws(StoreError) -> MemberSum? {
    let sum = try source.memberSum(for: bound.quantifiers[Int(index)])
    if let sum, !isProbing { due = min(due, sum.due) }
    return sum
  }

  /// Evaluates `body` for each member of an account, or each account of a person, until it says that no
  /// more are needed.
  mutating func eachMember(
    _ index: Int32, _ body: (inout Evaluation) throws(StoreError) -> Bool
  ) throws(StoreError) {
    let place = Int(index)
    var members: [Evaluation]
    if let known = memberEvaluations[place] {
      members = known
      memberEvaluations[place] = []
    } else {
      let program = bound.quantifiers[place]
      let asked = self.program.quantifiers[place].asked
      members = try source.others(asked, for: program).map { Evaluation(program, $0, now: now) }
    }
    for member in members.indices {
      members[member].instant = instant
      members[member].isProbing = isProbing
      members[member].due = .max
      let goesOn = try body(&members[member])
      members[member].isProbing = false
      members[member].instant = now
      if !isProbing { due = min(due, members[member].due) }
      if !goesOn { break }
    }
    memberEvaluations[place] = members
  }
}
