// What the audience of a consent category requires, taken from its rule, for those who judge answers of the past.

import Bytes
import Profiles

/// How answers decide whether a category is permitted.
public struct ConsentRule: Hashable, Sendable {
  /// The category as senders name it.
  public var category: String
  /// Which of different answers counts.
  public var merge: ConsentMerge
  /// How long an answer counts; nil for good.
  public var expiresAfter: Milliseconds?
  /// Whether a person without an answer is permitted.
  public var allowsMissing: Bool

  /// An answer as it is judged.
  public struct Answer: Hashable, Sendable {
    /// Its time.
    public var time: Timestamp
    /// Its record, which decides between equal times.
    public var sequence: UInt64
    /// Whether it is a consent.
    public var isConsent: Bool

    /// An answer.
    public init(time: Timestamp, sequence: UInt64, isConsent: Bool) {
      self.time = time
      self.sequence = sequence
      self.isConsent = isConsent
    }

    private func isLater(than other: Answer) -> Bool {
      (other.time, other.sequence) < (time, sequence)
    }

    /// Whether it counts rather than another.
    fileprivate func counts(before other: Answer, _ merge: ConsentMerge) -> Bool {
      if merge == .strictest, isConsent != other.isConsent { return !isConsent }
      return isLater(than: other)
    }
  }

  /// Reads the rule of a category; nil for any other rule, which a definition may give the audience as well.
  public init?(_ rule: Expression) {
    switch rule.kind {
    case .aggregate(let aggregate): self.init(aggregate, allowsMissing: false)
    case .or(let parts):
      guard parts.count == 2, case .aggregate(let aggregate) = parts[0].kind,
        case .not(let missing) = parts[1].kind, case .exists(let answer) = missing.kind,
        answer.kind == .aggregate(aggregate)
      else { return nil }
      self.init(aggregate, allowsMissing: true)
    default: return nil
    }
  }

  private init?(_ aggregate: Aggregate, allowsMissing: Bool) {
    guard case .consent(let category, let merge) = aggregate.kind else { return nil }
    switch aggregate.window {
    case .allTime: expiresAfter = nil
    case .last(let length): expiresAfter = length
    default: return nil
    }
    self.category = category
    self.merge = merge
    self.allowsMissing = allowsMissing
  }

  /// The answer that counts at an instant; nil if there is none.
  ///
  /// - Parameter latest: For each of the person's identifiers, its latest answer up to then.
  public func counting(_ latest: some Sequence<Answer>, at now: Timestamp) -> Answer? {
    var result: Answer?
    for answer in latest {
      if let expiresAfter, answer.time <= now - expiresAfter { continue }
      if let other = result, !answer.counts(before: other, merge) { continue }
      result = answer
    }
    return result
  }

  /// Whether the category is permitted if an answer counts.
  public func permits(_ answer: Answer?) -> Bool { answer?.isConsent ?? allowsMissing }
}
