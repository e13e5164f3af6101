// The answers of accounts and their members, kept from event to event. An event of an account
// concerns all of its members, for whom the account's answer is the same; and it changes the answer
// of one of its members.

import Bytes
import Profiles

/// Answers of accounts, and of their members, as far as they are known.
///
/// Nothing here is part of the state: it follows from it, and is forgotten at any time without
/// changing any result. An answer is good until its `due`, unless something that it depends on is
/// noted as changed.
///
/// Not `Sendable`: callers that evaluate several profiles make one.
public final class AccountAnswers {
  /// What is known of an account.
  private struct Account {
    var answers: [(program: ObjectIdentifier, answer: Answer)] = []
    var tallies: [(program: ObjectIdentifier, tally: MemberTally)] = []
  }

  /// What an account answers to one question of persons.
  private struct Answer {
    var truth: KnownTruth
    var isStale = false
    var settled: Settled?
  }

  /// What all members of an account have been judged by.
  private struct Settled {
    var isTrue: Bool
    /// The earliest and latest of the instants up to which the answer was promised.
    var due: ClosedRange<Int64>
  }

  private var accounts: [ProfileOrdinal: Account] = [:]
  /// What is kept, in units of about 32 bytes.
  private var size = 0
  private static let sizeMax = 1 << 20
  private static let accountSize = 16

  /// Whether it may keep what members answer.
  let keepsMembers: Bool

  /// Starts without answers.
  ///
  /// - Parameter keepsMembers: Whether to keep what members answer; if so, the caller has to note what changes.
  public init(keepsMembers: Bool = false) { self.keepsMembers = keepsMembers }

  /// Forgets everything.
  public func removeAll() {
    accounts.removeAll()
    size = 0
  }

  /// Notes that something has changed for an account, in its own events or in those of a member.
  ///
  /// - Parameter persons: The members that may answer otherwise, those that are new or absorbed included.
  public func noteChange(of account: ProfileOrdinal, _ persons: [ProfileOrdinal]) {
    guard let place = accounts.index(forKey: account) else { return }
    for index in accounts.values[place].answers.indices {
      accounts.values[place].answers[index].answer.isStale = true
    }
    for (_, tally) in accounts.values[place].tallies {
      for person in persons { tally.markStale(person) }
    }
  }

  // MARK: - What accounts answer

  /// What an account answers at `now`, if that is known.
  func answer(of account: ProfileOrdinal, to program: BoundProgram, now: Timestamp) -> KnownTruth? {
    guard let (place, index) = place(of: account, program) else { return nil }
    let answer = accounts.values[place].answers[index].answer
    guard !answer.isStale, now.milliseconds < answer.truth.due else { return nil }
    promise(place, index)
    return answer.truth
  }

  /// Keeps the answer of an account by which a profile is evaluated.
  func keep(_ truth: KnownTruth, of account: ProfileOrdinal, to program: BoundProgram) {
    let (place, index) = note(truth, of: account, to: program)
    promise(place, index)
  }

  /// Notes what an account answers.
  private func note(
    _ truth: KnownTruth, of account: ProfileOrdinal, to program: BoundProgram
  ) -> (Dictionary<ProfileOrdinal, Account>.Index, Int) {
    if let (place, index) = place(of: account, program) {
      accounts.values[place].answers[index].answer.truth = truth
      accounts.values[place].answers[index].answer.isStale = false
      return (place, index)
    }
    makeRoom(2)
    let place = place(of: account)
    accounts.values[place].answers.append((ObjectIdentifier(program), Answer(truth: truth)))
    return (place, accounts.values[place].answers.count - 1)
  }

  /// Extends what members have been evaluated by to a profile that is evaluated by the current answer.
  private func promise(_ place: Dictionary<ProfileOrdinal, Account>.Index, _ index: Int) {
    let answer = accounts.values[place].answers[index].answer
    guard let settled = answer.settled else { return }
    let due = answer.truth.due
    accounts.values[place].answers[index].answer.settled =
      settled.isTrue == answer.truth.isTrue
      ? Settled(
        isTrue: settled.isTrue,
        due: min(settled.due.lowerBound, due)...max(settled.due.upperBound, due)) : nil
  }

  /// Whether all members have been judged by what an account answers now, and their timers come early enough.
  ///
  /// If not, the caller judges all of them: afterwards it is so.
  func isSettled(
    _ truth: KnownTruth, of account: ProfileOrdinal, to program: BoundProgram, now: Timestamp
  ) -> Bool {
    let (place, index) = note(truth, of: account, to: program)
    if let settled = accounts.values[place].answers[index].answer.settled,
      settled.isTrue == truth.isTrue, now.milliseconds < settled.due.lowerBound,
      settled.due.upperBound <= truth.due
    {
      return true
    }
    accounts.values[place].answers[index].answer.settled = Settled(
      isTrue: truth.isTrue, due: truth.due...truth.due)
    return false
  }

  private func place(
    of account: ProfileOrdinal, _ program: BoundProgram
  ) -> (Dictionary<ProfileOrdinal, Account>.Index, Int)? {
    guard let place = accounts.index(forKey: account) else { return nil }
    let wanted = ObjectIdentifier(program)
    let index = accounts.values[place].answers.firstIndex { $0.program == wanted }
    return index.map { (place, $0) }
  }

  private func place(
    of account: ProfileOrdinal
  ) -> Dictionary<ProfileOrdinal, Account>.Index {
    if accounts[account] == nil { accounts[account] = Account() }
    guard let place = accounts.index(forKey: account) else {
      preconditionFailure("what was put in is there")
    }
    return place
  }

  private func makeRoom(_ more: Int) {
    if size + more > Self.sizeMax { removeAll() }
    size += more
  }

  // MARK: - What members answer

  /// What the members of an account have answered to a rule; nil if none was asked yet.
  func tally(of account: ProfileOrdinal, _ program: BoundProgram) -> MemberTally? {
    let wanted = ObjectIdentifier(program)
    return accounts[account]?.tallies.first { $0.program == wanted }?.tally
  }

  /// Keeps what the members of an account have answered to a rule.
  func keep(_ tally: MemberTally, of account: ProfileOrdinal, _ program: BoundProgram) {
    makeRoom(Self.accountSize + tally.count)
    accounts.values[place(of: account)].tallies.append((ObjectIdentifier(program), tally))
  }

  /// Notes that a tally has grown.
  func grew(by count: Int) { size += count }
}
