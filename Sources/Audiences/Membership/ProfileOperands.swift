// What an evaluation reads of one profile: the fold state of its home identifiers, combined, and when
// that can next differ. The one place where rules meet cells.

import Bytes
import Profiles
import Storage

/// The fold state of one person or account as operands of programs.
struct ProfileOperands<State: ProfileState>: OperandSource {
  let state: State
  let profile: ProfileOrdinal
  let now: Timestamp
  /// What the programs that are going to be evaluated ask for.
  private let values: SlotValues
  /// What the members of an account are read by; nil for a person.
  private let memberPlan: EvaluationPlan?

  /// Reads what `programs` ask for.
  ///
  /// - Parameters:
  ///   - account: The account that the programs ask about as one of its members, if they do.
  ///   - values: Holds what was read, and is used again for the next profile.
  init(
    _ subject: ProfileSubject, in account: ProfileOrdinal? = nil,
    for programs: [BoundProgram], from state: State, plan: EvaluationPlan,
    now: Timestamp, into values: inout SlotValues
  ) throws(StoreError) {
    values.begin()
    try values.read(
      subject.kind == .account ? .account : .person, for: programs,
      of: subject.homes, from: state, plan: plan, now: now)
    if let account {
      try values.read(
        .member, for: programs, of: subject.homes, in: account, from: state, plan: plan, now: now)
    }
    self.init(
      state: state, profile: subject.profile, now: now, values: values,
      memberPlan: subject.kind == .account ? plan : nil)
  }

  private init(
    state: State, profile: ProfileOrdinal, now: Timestamp, values: SlotValues,
    memberPlan: EvaluationPlan?
  ) {
    self.state = state
    self.profile = profile
    self.now = now
    self.values = values
    self.memberPlan = memberPlan
  }

  func value(ofSlot slot: Int) -> AggregateValue { values.values[slot] }

  func change(ofSlot slot: Int) -> Int64 { values.changes[slot] }

  func change(ofSlot slot: Int, reaching least: Int) -> Int64 {
    values.change(ofSlot: slot, reaching: least)
  }

  func profileID() throws(StoreError) -> ProfileID {
    try state.profileRow(profile) { (row) throws(DecodeError) in row.id }
  }

  /// The members of an account, oldest profile first.
  ///
  /// - Complexity: O(homes of the account), two look-ups each.
  func members(for program: BoundProgram) throws(StoreError) -> [ProfileOperands] {
    guard let plan = memberPlan else { return [] }
    var members: [ProfileOperands] = []
    for (person, homes) in try state.members(ofAccount: profile) {
      var values = SlotValues()
      members.append(
        try ProfileOperands(
          ProfileSubject(person, .person, homes: homes), in: profile,
          for: [program], from: state, plan: plan, now: now, into: &values))
    }
    return members
  }
}

extension ProfileState {
  /// The persons whose events counted for an account, oldest first, each with all its identifiers.
  func members(
    ofAccount account: ProfileOrdinal
  ) throws(StoreError) -> [(profile: ProfileOrdinal, homes: [IdentifierOrdinal])] {
    var persons: Set<UInt32> = []
    for home in try memberHomes(ofAccount: account) {
      let profile = try identifierRow(home) { (row) throws(DecodeError) in row.profile }
      persons.insert(try survivor(of: profile).value)
    }
    var members: [(profile: ProfileOrdinal, homes: [IdentifierOrdinal])] = []
    for person in persons.sorted() {
      let profile = ProfileOrdinal(person)
      members.append((profile, try identifiers(of: profile)))
    }
    return members
  }
}
