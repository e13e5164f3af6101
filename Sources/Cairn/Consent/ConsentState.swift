// What a person permits, by category.

import Audiences
import Bytes
import Engine
import Profiles
import Roaring
import Storage

/// What a person permits of one category, at one instant.
public struct ConsentState: Sendable {
  /// The category.
  public var category: String
  /// Whether it is permitted.
  public var isPermitted: Bool
  /// The answer that counts: true for a consent; nil if there is none.
  public var answer: Bool?
  /// The time of that answer.
  public var time: Timestamp?
  /// The record of its event.
  public var sequence: SequenceNumber?
  /// The name of the source of its event.
  public var source: String?
}

/// A category of consent and those who permit it.
public struct ConsentCategoryReport: Sendable {
  /// The category as senders name it.
  public var name: String
  /// The rule, as the language writes it.
  public var rule: String
  /// How many persons permit it.
  public var persons: Int
}

extension Snapshot {
  /// The consent categories, in the order in which they were defined, with the persons who permit them at an instant.
  ///
  /// - Parameter instant: `logicalNow` or later; nil for `asOf`.
  public func consentReports(
    at instant: Timestamp? = nil
  ) throws(StoreError) -> [ConsentCategoryReport] {
    let now = try checked(instant)
    var result: [ConsentCategoryReport] = []
    for category in consentCategories {
      let audience = try consentAudience(category)
      result.append(
        ConsentCategoryReport(
          name: category, rule: recordedDefinitions.text(ofAudience: audience.name) ?? "",
          persons: try members(of: audience, at: now).count))
    }
    return result
  }

  /// What a person permits, by category, in the order in which the categories were defined; nothing for an account.
  ///
  /// - Parameter instant: The instant to answer for, `logicalNow` or later; nil for `asOf`.
  /// - Complexity: O(identifiers of the person) for each category.
  public func consents(
    of profile: ProfileOrdinal, at instant: Timestamp? = nil
  ) throws(StoreError) -> [ConsentState] {
    let now = try checked(instant)
    let subject = try profiles.subject(profile)
    guard subject.kind == .person else { return [] }
    var result: [ConsentState] = []
    for category in consentCategories {
      let audience = try consentAudience(category)
      guard let definition = definitions.audience(named: audience.name) else { continue }
      let explanation = try definitions.explain(
        definition.rule, subject, in: profiles, plan: plan, now: now)
      var state = ConsentState(category: category, isPermitted: explanation.holds ?? false)
      if let value = explanation.consent, let selection = value.selection {
        state.answer = value.truth
        state.time = selection.time
        state.sequence = selection.sequence
        state.source = try source(of: selection.sequence)
      }
      result.append(state)
    }
    return result
  }

  /// The categories whose audiences have other rules than that of a category, which answers of the past do not decide.
  public var consentCategoriesWithOwnRules: [String] {
    consentCategories.filter { category in
      definitions.audience(named: ConsentCategory(category).audience)
        .flatMap { ConsentRule($0.rule) } == nil
    }
  }

  /// What a person permitted at an instant of the past, by the answers that count from before it, whenever they came
  /// in, and by the rules of the categories that are in force now; a category whose audience has another rule than that
  /// of a category is left out.
  public func consents(
    of history: ConsentHistory, atPast instant: Timestamp
  ) -> [ConsentState] {
    var result: [ConsentState] = []
    for category in consentCategories {
      guard
        let rule = definitions.audience(named: ConsentCategory(category).audience)
          .flatMap({ ConsentRule($0.rule) })
      else { continue }
      var latest: [Identifier: ConsentAnswer] = [:]
      for answer in history.answers where answer.category == category && answer.time <= instant {
        latest[answer.identifier] = answer
      }
      let counting = rule.counting(latest.values.map(\.judged), at: instant)
      let answer = latest.values.first { $0.judged == counting }
      result.append(
        ConsentState(
          category: category, isPermitted: rule.permits(counting), answer: counting?.isConsent,
          time: counting?.time, sequence: answer?.sequence, source: answer?.source))
    }
    return result
  }

  private func source(of sequence: SequenceNumber) throws(StoreError) -> String? {
    var source: SourceID?
    try log.withRecord(at: sequence, LogCursor()) { source = $0.source }
    return source.flatMap { sourceNames[$0] }
  }
}

extension ConsentAnswer {
  fileprivate var judged: ConsentRule.Answer {
    .init(time: time, sequence: sequence.value, isConsent: isConsent)
  }
}

extension Explanation {
  /// The answer about consent that the explained rule rests on, if it rests on one.
  fileprivate var consent: AggregateValue? {
    if case .aggregate(let value) = result, value.function == .consent { return value }
    for part in parts { if let found = part.consent { return found } }
    return nil
  }
}
