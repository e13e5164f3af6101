// What an event means for accounts: for the one it counts for, and for every other account of the person,
// whose rules may ask about the whole person.

import Audiences
import Bytes
import Profiles
import Storage

/// What an event brings to the cells of its person, of its account, and of the person in the account.
struct EventInsertions {
  private var ofPerson: [CellInsertion] = []
  private var ofAccount: [CellInsertion] = []
  private var ofMember: [CellInsertion] = []

  /// Parts what an event brings by whose cells it goes into.
  mutating func take(_ matches: ArraySlice<CellInsertion>, _ scopes: [OperandScope]) {
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

  /// Puts everything into the cells.
  ///
  /// - Parameters:
  ///   - home: The person's home identifier; nil for an event of an account alone.
  ///   - account: The account that the event counts for; without one, what is meant for an
  ///     account is left out.
  func apply(
    to profiles: ProfileTables, specs: [CellSpec?], home: IdentifierOrdinal?,
    account: (profile: ProfileOrdinal, home: IdentifierOrdinal)?, at address: EventAddress,
    now: Timestamp
  ) throws(StoreError) {
    if let home {
      try profiles.insert(
        ofPerson[...], specs: specs, of: CellOwner(home), at: address, now: now)
    }
    guard let account else { return }
    try profiles.insert(
      ofAccount[...], specs: specs, of: CellOwner(account.home), at: address, now: now)
    guard let home else { return }
    try profiles.insert(
      ofMember[...], specs: specs, of: CellOwner(home, in: account.profile), at: address, now: now)
  }
}

extension Fold {
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
    let homes = try state.profiles.identifiers(of: resolution.profile)
    for account in try state.profiles.accounts(ofHomes: homes)
    where account != resolution.account?.profile {
      try evaluate(judged, account, on: occasion)
    }
  }
}
