// What an event means for accounts: for the one it counts for, and for every other account of the person,
// whose rules may ask about the whole person; and for the members of both, whose rules may ask the accounts.

import Audiences
import Bytes
import Profiles
import Storage

/// What an event brings to the cells of its person, of its account, and of the person in the account.
struct EventInsertions: ~Copyable {
  private var ofPerson: [CellInsertion] = []
  private var ofAccount: [CellInsertion] = []
  private var ofMember: [CellInsertion] = []

  /// The slots that had no value before what was applied last.
  private(set) var begun = ReusableArray<UInt32>()

  /// Parts what an event brings by whose cells it goes into.
  private mutating func take(_ matches: ArraySlice<CellInsertion>, _ scopes: [OperandScope]) {
    ofPerson.removeAll(keepingCapacity: true)
    ofAccount.removeAll(keepingCapacity: true)
    ofMember.removeAll(keepingCapacity: true)
    for match in matches {
      switch scopes[Int(match.slot)] {
      case .person: ofPerson.append(match)
      case .account: ofAccount.append(match)
      case .member: ofMember.append(match)
      }
    }
  }

  /// Puts what an event brings into the cells.
  ///
  /// - Parameters:
  ///   - matches: For the slots of `plan`.
  ///   - home: The person's home identifier; nil for an event of an account alone.
  ///   - account: The account that the event counts for; without one, what is meant for an
  ///     account is left out.
  mutating func apply(
    _ matches: ArraySlice<CellInsertion>, of plan: EvaluationPlan, to profiles: ProfileTables,
    home: IdentifierOrdinal?, account: (profile: ProfileOrdinal, home: IdentifierOrdinal)?,
    at address: EventAddress, now: Timestamp
  ) throws(StoreError) {
    begun.removeAll()
    let specs = plan.specs
    guard plan.isAboutAccounts else {
      guard let home else { return }
      return try profiles.insert(
        matches, specs: specs, of: CellOwner(home), at: address, now: now, begun: &begun)
    }
    take(matches, plan.scopes)
    if let home {
      try profiles.insert(
        ofPerson[...], specs: specs, of: CellOwner(home), at: address, now: now, begun: &begun)
    }
    guard let account else { return }
    try profiles.insert(
      ofAccount[...], specs: specs, of: CellOwner(account.home), at: address, now: now,
      begun: &begun)
    guard let home else { return }
    try profiles.insert(
      ofMember[...], specs: specs, of: CellOwner(home, in: account.profile), at: address, now: now,
      begun: &begun)
  }
}

extension Fold {
  /// Notes for which accounts and members an event may have changed what they answer; its cells have been changed.
  ///
  /// The plan concerns accounts.
  ///
  /// - Complexity: O(accounts of the person) if the event merges profiles or others ask about its person's events
  ///   everywhere, else O(1).
  func noteChange(
    by resolution: Resolution, _ matches: ArraySlice<CellInsertion>
  ) throws(StoreError) {
    let plan = self.plan
    let absorbed = resolution.merges ? graph.absorbed : []
    let persons = resolution.isAccountAlone ? [] : [resolution.profile] + absorbed
    if let account = resolution.account?.profile {
      audiences.answers.noteChange(of: account, persons)
    }
    guard !persons.isEmpty else { return }
    let isAsked =
      resolution.merges || matches.contains { plan.isAskedOfPersons[Int($0.slot)] }
    guard isAsked else { return }
    for account in try state.profiles.accounts(ofProfile: resolution.profile) {
      audiences.answers.noteChange(of: account, persons)
    }
  }

  /// Judges the audiences of accounts after an event of a person.
  ///
  /// - Parameters:
  ///   - touched: Those that depend on something that the event changed, in the order of their numbers.
  ///   - everything: Whether the person is another than before, so that every rule may have changed.
  /// - Complexity: O(accounts of the person); an account's rules about members look at all of them.
  func evaluateAccounts(
    of resolution: Resolution, touched: [EvaluationPlan.Audience], everything: Bool,
    on occasion: AudienceFold.Occasion
  ) throws(StoreError) {
    let all = plan.audiences(of: .account)
    guard !all.isEmpty else { return }
    if let account = resolution.account {
      let isOther = everything || resolution.isAccountNew || resolution.isMemberNew
      try evaluate(isOther ? all : touched, account.profile, on: occasion)
    }
    guard !resolution.isAccountAlone else { return }
    let judged = everything ? all : touched.filter { plan.asksAboutPersons($0) }
    guard !judged.isEmpty else { return }
    for account in try state.profiles.accounts(ofProfile: resolution.profile)
    where account != resolution.account?.profile {
      try evaluate(judged, account, on: occasion)
    }
  }
}

extension Fold {
  /// Judges the persons whose rules ask accounts that an event concerned, except for the event's own person.
  ///
  /// - Parameter everything: Whether the person is another than before.
  /// - Complexity: A lookup or two for each account concerned, and for each member of those that answer otherwise
  ///   than before.
  func evaluateMembers(
    after resolution: Resolution, _ matches: ArraySlice<CellInsertion>, everything: Bool,
    on occasion: AudienceFold.Occasion
  ) throws(StoreError) {
    let plan = self.plan
    guard !plan.audiencesAskingAccounts.isEmpty else { return }
    let account = resolution.account?.profile
    let isOther = everything || resolution.isMemberNew || resolution.isAccountNew
    var here: [EvaluationPlan.Audience] = []
    var everywhere: [EvaluationPlan.Audience] = []
    for audience in plan.audiencesAskingAccounts {
      let questions = audience.questions
      var (isPersonTouched, isAccountTouched) = (false, false)
      for match in matches where questions.slots.contains(Int(match.slot)) {
        if plan.scopes[Int(match.slot)] == .person {
          isPersonTouched = true
        } else {
          isAccountTouched = account != nil
        }
      }
      let isEverywhere = isPersonTouched || everything && questions.isAboutMembers
      if isEverywhere { everywhere.append(audience) }
      if isEverywhere || isAccountTouched || isOther && questions.isAboutMembers {
        here.append(audience)
      }
    }
    var judged: [ProfileOrdinal: [EvaluationPlan.Audience]] = [:]
    if let account { try add(here, of: account, to: &judged, on: occasion) }
    if !everywhere.isEmpty {
      for other in try state.profiles.accounts(ofProfile: resolution.profile)
      where other != account {
        try add(everywhere, of: other, to: &judged, on: occasion)
      }
    }
    judged[resolution.profile] = nil
    try evaluate(judged, on: occasion)
  }

  /// Judges the persons whose rules ask about the members of their accounts, after one of the members has
  /// become another; except for that one.
  func evaluateMembers(
    ofAccountsOf person: ProfileOrdinal, on occasion: AudienceFold.Occasion
  ) throws(StoreError) {
    let asking = plan.audiencesAskingAccounts.filter(\.questions.isAboutMembers)
    guard !asking.isEmpty else { return }
    var judged: [ProfileOrdinal: [EvaluationPlan.Audience]] = [:]
    for account in try state.profiles.accounts(ofProfile: person) {
      for other in try state.profiles.persons(ofAccount: account) { judged[other] = asking }
    }
    judged[person] = nil
    try evaluate(judged, on: occasion)
  }

  /// Adds the members of an account, with those of the audiences that ask it something which it answers otherwise
  /// than before, or for less long.
  private func add(
    _ asking: [EvaluationPlan.Audience], of account: ProfileOrdinal,
    to judged: inout [ProfileOrdinal: [EvaluationPlan.Audience]], on occasion: AudienceFold.Occasion
  ) throws(StoreError) {
    var unsettled: [EvaluationPlan.Audience] = []
    for audience in asking
    where try !audiences.isSettled(audience, for: account, plan: plan, now: occasion.now) {
      unsettled.append(audience)
    }
    guard !unsettled.isEmpty else { return }
    for person in try state.profiles.persons(ofAccount: account) {
      guard let known = judged[person] else {
        judged[person] = unsettled
        continue
      }
      // Of several accounts: each audience once, in the order of their numbers.
      let missing = unsettled.filter { audience in !known.contains { $0 === audience } }
      guard !missing.isEmpty else { continue }
      judged[person] = (known + missing).sorted { $0.number < $1.number }
    }
  }

  /// Judges several persons, the oldest first.
  private func evaluate(
    _ judged: [ProfileOrdinal: [EvaluationPlan.Audience]], on occasion: AudienceFold.Occasion
  ) throws(StoreError) {
    for (person, audiences) in judged.sorted(by: { $0.key < $1.key }) {
      try evaluate(audiences, person, on: occasion) { record($0) }
    }
  }
}
