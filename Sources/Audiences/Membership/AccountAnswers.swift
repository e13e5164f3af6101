// What accounts have answered at one instant. An event of an account concerns all of its members, and to
// each of them the account says the same.

import Bytes
import Profiles

/// Answers of accounts, for as long as neither time nor state moves on.
///
/// Not `Sendable`: whoever judges several persons at one instant makes one and drops it.
public final class AccountAnswers {
  private struct Question: Hashable {
    let program: ObjectIdentifier
    let account: ProfileOrdinal
  }

  private var answers: [Question: KnownTruth] = [:]
  /// The most answers that are kept, about two megabytes.
  private static let answersMax = 32_768

  /// Starts without answers.
  public init() {}

  func answer(of account: ProfileOrdinal, to program: BoundProgram) -> KnownTruth? {
    answers[Question(program: ObjectIdentifier(program), account: account)]
  }

  func keep(_ truth: KnownTruth, of account: ProfileOrdinal, to program: BoundProgram) {
    if answers.count >= Self.answersMax { answers.removeAll(keepingCapacity: true) }
    answers[Question(program: ObjectIdentifier(program), account: account)] = truth
  }
}
