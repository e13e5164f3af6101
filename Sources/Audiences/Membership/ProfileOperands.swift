// What an evaluation reads of one profile: the fold state of its home identifiers, combined, and when
// that can next differ. The one place where rules meet cells.

import Bytes
import Profiles
import Storage

/// The fold state of one person or account as operands of programs.
struct ProfileOperands<State: ProfileState>: OperandSource {
  let state: State
  let now: Timestamp
  private let profile: ProfileOrdinal
  private let kind: EntityKind
  /// What the programs that are going to be evaluated ask for.
  private let values: SlotValues
  /// What others are read by.
  private let plan: EvaluationPlan
  /// Of an account, where its answers are kept.
  private let answers: AccountAnswers?

  /// Reads what `programs` ask for.
  ///
  /// - Parameters:
  ///   - account: The account that the programs ask about as one of its members, if they do.
  ///   - answers: What accounts have answered already at `now`, if several persons are judged.
  init(
    _ subject: ProfileSubject, in account: ProfileOrdinal? = nil,
    for programs: [BoundProgram], from state: State, plan: EvaluationPlan,
    now: Timestamp, answers: AccountAnswers? = nil
  ) throws(StoreError) {
    let values = SlotValues()
    values.begin(plan)
    for program in programs { values.want(program, subject.scope, plan) }
    try values.read(of: subject, from: state, plan: plan, now: now)
    if let account {
      for program in programs { values.want(program, .member, plan) }
      try values.read(of: subject, in: account, from: state, plan: plan, now: now)
    }
    self.init(subject, values, from: state, plan: plan, now: now, answers: answers)
  }

  /// Takes values that have been read; they are to stay as they are for as long as this is in use.
  init(
    _ subject: borrowing ProfileSubject, _ values: SlotValues, from state: State,
    plan: EvaluationPlan,
    now: Timestamp, answers: AccountAnswers?
  ) {
    self.state = state
    profile = subject.profile
    kind = subject.kind
    self.now = now
    self.values = values
    self.plan = plan
    self.answers = answers
  }

  func value(ofSlot slot: Int) -> AggregateValue { values.value(ofSlot: slot, plan) }

  func plainCount(ofSlot slot: Int) -> UInt64? { values.plainCount(ofSlot: slot) }

  func change(ofSlot slot: Int) -> Int64 { values.change(ofSlot: slot) }

  func change(ofSlot slot: Int, reaching least: Int) -> Int64 {
    values.change(ofSlot: slot, reaching: least)
  }

  func profileID() throws(StoreError) -> ProfileID {
    try state.profileRow(profile) { (row) throws(DecodeError) in row.id }
  }

  func knownTruth(of program: BoundProgram) -> KnownTruth? {
    kind == .account ? answers?.answer(of: profile, to: program, now: now) : nil
  }

  func keep(_ truth: KnownTruth, of program: BoundProgram) {
    if kind == .account { answers?.keep(truth, of: profile, to: program) }
  }

  func others(
    _ asked: EntityKind, for program: BoundProgram
  ) throws(StoreError) -> [ProfileOperands] {
    try asked == .account ? accounts(for: program) : members(for: program)
  }

  /// The members of an account, oldest profile first.
  ///
  /// - Complexity: O(homes of the account), two lookups each.
  private func members(for program: BoundProgram) throws(StoreError) -> [ProfileOperands] {
    guard kind == .account else { return [] }
    var members: [ProfileOperands] = []
    for person in try state.persons(ofAccount: profile) {
      members.append(try member(try state.subject(person), for: program))
    }
    return members
  }

  func memberCount(for program: BoundProgram) throws(StoreError) -> MemberCount? {
    try tally(for: program) { (member) throws(StoreError) in (try member.truth(of: program), nil) }?
      .present
  }

  func memberSum(for program: BoundProgram) throws(StoreError) -> MemberSum? {
    try tally(for: program) { (member) throws(StoreError) in
      var evaluation = Evaluation(program, member, now: now)
      let number = try evaluation.number(program.program.root)
      return (KnownTruth(isTrue: number != nil, due: evaluation.due), number)
    }?.sum
  }

  /// What the members answer to a question, as far as it is kept: those that may answer otherwise are asked.
  private func tally(
    for program: BoundProgram,
    _ ask: (ProfileOperands) throws(StoreError) -> (KnownTruth, FixedDecimal?)
  ) throws(StoreError) -> MemberTally? {
    guard kind == .account, let answers, answers.keepsMembers else { return nil }
    let account = profile
    guard let tally = answers.tally(of: account, program) else {
      let tally = MemberTally()
      for person in try state.persons(ofAccount: account) {
        let (answer, number) = try ask(try member(try state.subject(person), for: program))
        tally.set(person, answer, number: number)
      }
      answers.keep(tally, of: account, program)
      return tally
    }
    let before = tally.count
    for person in tally.takeStale(at: now.milliseconds) {
      let person = ProfileOrdinal(person)
      let isAbsorbed = try state.profileRow(person) { (row) throws(DecodeError) in
        row.mergedInto != nil
      }
      guard !isAbsorbed else {
        tally.remove(person)
        continue
      }
      let (answer, number) = try ask(try member(try state.subject(person), for: program))
      tally.set(person, answer, number: number)
    }
    answers.grew(by: tally.count - before)
    return tally
  }

  /// Whether a rule holds, and up to when.
  func truth(of program: BoundProgram) throws(StoreError) -> KnownTruth {
    var evaluation = Evaluation(program, self, now: now)
    let isTrue = try evaluation.isTrue()
    return KnownTruth(isTrue: isTrue, due: evaluation.due)
  }

  /// A person as a member of the account.
  private func member(
    _ person: ProfileSubject, for program: BoundProgram
  ) throws(StoreError) -> ProfileOperands {
    try ProfileOperands(
      person, in: profile, for: [program], from: state, plan: plan, now: now)
  }

  /// The accounts of a person, oldest profile first.
  ///
  /// - Complexity: O(accounts), one lookup each.
  private func accounts(for program: BoundProgram) throws(StoreError) -> [ProfileOperands] {
    guard kind == .person else { return [] }
    var accounts: [ProfileOperands] = []
    for account in try state.accounts(ofProfile: profile) {
      accounts.append(
        try ProfileOperands(
          try state.subject(account), for: [program], from: state, plan: plan, now: now,
          answers: answers))
    }
    return accounts
  }
}

extension ProfileState {
  /// The persons whose events counted for an account, oldest first.
  ///
  /// - Complexity: O(homes of the account), two lookups each.
  public func persons(ofAccount account: ProfileOrdinal) throws(StoreError) -> [ProfileOrdinal] {
    var persons: Set<ProfileOrdinal> = []
    for home in try memberHomes(ofAccount: account) {
      persons.insert(try presentProfile(of: home))
    }
    return persons.sorted()
  }
}
