// Definitions as a whole: what is applied is the full set, and the difference becomes one record.

import Audiences
import Bytes
import Profiles
import Storage

/// What applying a set of definitions changed.
public struct DefinitionChanges: Equatable, Sendable {
  /// Names that are new.
  public var added: [String] = []
  /// Names whose expression changed.
  public var changed: [String] = []
  /// Names that are gone.
  public var removed: [String] = []
  /// Names that stay although they were not given, because nothing was to be removed.
  public var kept: [String] = []
  /// How many stayed as they were.
  public var unchanged = 0
  /// The receipt of the first record that new or changed ones are computed over, where earlier ones have been
  /// rolled up; nil where all of the history is there.
  public var historySince: Timestamp?
  /// Names of events and properties in the given definitions that no event has: a sentence each.
  ///
  /// With the name that was probably meant. Empty in a store without events, and when definitions are
  /// applied while events come in.
  public var warnings: [String] = []
  /// Memberships that changed with it.
  public var memberships = MembershipCounts()
  /// The record that has them; nil while they are not in force, or if nothing was to change.
  public var sequence: SequenceNumber?

  package init() {}
}

/// Why definitions were not applied; nothing has changed then.
public enum ApplyError: Error, Sendable {
  /// A definition is wrong.
  case definition(DefinitionError)
  /// The store refused.
  case store(StoreError)
  /// They could not be applied concurrently with what else went on.
  case backfill(BackfillRefusal)
}

extension Store {
  /// Brings the store's definitions in line with the given ones, atomically.
  ///
  /// A trait has its value at once as if it had always been defined; the profiles that satisfy an
  /// audience enter it at the definition's place in the log. The order in which they are given does
  /// not matter. `beginApplying` does the same concurrently with an ingest.
  ///
  /// - Parameters:
  ///   - prune: Whether definitions that are not among the given ones are removed, so that these
  ///     become the store's whole set.
  ///   - onProgress: Called now and then while the history is read and profiles are judged, and at the end; must
  ///     not use the store.
  /// - Complexity: one pass over the log if any aggregate is new, one over the profiles if an audience
  ///   changed.
  public func apply(
    _ texts: [DefinitionText], prune: Bool = true,
    onProgress: (BackfillProgress) -> Void = { _ in }
  ) throws(ApplyError) -> DefinitionChanges {
    try applyHere(texts, prune: prune, onProgress: onProgress)
  }

  /// The changes that lead to the given definitions, and the set they lead to, which may be the present one; compiled
  /// for a use.
  ///
  /// - Throws: what is wrong with one of them.
  func checkedDifference(
    _ texts: [DefinitionText], prune: Bool, for use: NameUse, _ changes: inout DefinitionChanges
  ) throws(ApplyError) -> ([DefinitionRecord], DefinitionSet, EvaluationPlan) {
    try refuseRepeated(texts)
    let records = difference(texts, prune: prune, &changes)
    let (set, plan) = try check(records, texts, for: use)
    if !changes.added.isEmpty || !changes.changed.isEmpty {
      do { changes.historySince = try historySince() } catch { throw .store(error) }
    }
    return (records, set, plan)
  }

  /// The receipt of the first record after those that have been rolled up; nil if none have.
  ///
  /// Erased events belonged to erased people only: the history of everyone else is complete.
  private func historySince() throws(StoreError) -> Timestamp? {
    let manifest = directory.manifest
    let erased = fold.state.scalars.erasures.compactMap { $0.receipt?.horizon }.max()
    guard manifest.horizon > erased ?? SequenceNumber(0) else { return nil }
    var gone = manifest.horizon
    for gap in manifest.gaps where gone < gap.through && gap.from.value <= gone.value + 1 {
      gone = gap.through
    }
    guard gone < lastSequence else { return logicalNow }
    let first = SequenceNumber(gone.value + 1)
    return try directory.log.view().withRecord(at: first, LogCursor()) { $0.receivedAt }
  }

  /// Refuses a name that is defined twice, saying where both stand.
  private func refuseRepeated(_ texts: [DefinitionText]) throws(ApplyError) {
    for (index, text) in texts.enumerated() {
      guard
        let first = texts[..<index].first(where: {
          $0.kind.isTrait == text.kind.isTrait && $0.name == text.name
        })
      else { continue }
      throw .definition(
        DefinitionError(
          message:
            "\(text.kind.word) \(text.name) is defined already at \(first.file):\(first.line); "
            + "keep one of the two",
          file: text.file, line: text.line, column: text.column))
    }
  }

  /// The changes that lead from the present set to the given one.
  private func difference(
    _ texts: [DefinitionText], prune: Bool, _ changes: inout DefinitionChanges
  ) -> [DefinitionRecord] {
    var result: [DefinitionRecord] = []
    // Removals come first: a name may come back as something else.
    for kind in DefinitionRecord.Kind.allCases {
      for (name, _) in fold.state.definitions.elements.texts(kind)
      where !texts.contains(where: { $0.kind == kind && $0.name == name }) {
        guard prune else {
          changes.kept.append(name)
          continue
        }
        result.append(DefinitionRecord(.remove, kind, name: name))
        changes.removed.append(name)
      }
    }
    for kind in DefinitionRecord.Kind.allCases {
      let present = fold.state.definitions.elements.texts(kind)
      for text in texts where text.kind == kind {
        let old = present.first { $0.name == text.name }?.text
        if let old, old.hasSameBytes(as: text.text) {
          changes.unchanged += 1
          continue
        }
        if old == nil { changes.added.append(text.name) } else { changes.changed.append(text.name) }
        result.append(DefinitionRecord(.define, kind, name: text.name, text: text.text))
      }
    }
    return result
  }

  /// Tries the changes on a copy of the set and says where a wrong one stands.
  private func check(
    _ records: [DefinitionRecord], _ texts: [DefinitionText], for use: NameUse
  ) throws(ApplyError) -> (DefinitionSet, EvaluationPlan) {
    var set = fold.definitions
    set.zones = .system()
    do throws(InvalidDefinition) {
      try set.apply(records.map(\.change))
    } catch {
      let text = texts.first { $0.kind.isTrait == (error.kind == .trait) && $0.name == error.name }
      guard text != nil else { throw .definition(breaking(error, records, texts)) }
      let position = error.error.position
      let column = position.line == 1 ? (text?.column ?? 1) + position.column - 1 : position.column
      throw .definition(
        DefinitionError(
          message: "\(error.kind.rawValue) \(error.name): \(error.error.explanation)",
          file: text?.file ?? "the definitions", line: (text?.line ?? 1) + position.line - 1,
          column: column))
    }
    do throws(LanguageError) {
      return (set, try EvaluationPlan(set, names: symbols, for: use))
    } catch {
      throw .definition(
        DefinitionError(
          message: error.explanation, file: texts.first?.file ?? "", line: 1, column: 1))
    }
  }

  /// The error for changes that make an unchanged definition invalid: its place is that of the change that causes this.
  private func breaking(
    _ error: InvalidDefinition, _ records: [DefinitionRecord], _ texts: [DefinitionText]
  ) -> DefinitionError {
    let cause = records.first { record in
      var set = fold.definitions
      set.zones = .system()
      do throws(InvalidDefinition) { try set.apply([record.change]) } catch let other {
        return other.kind == error.kind && other.name == error.name
      }
      return false
    }
    let text = texts.first { $0.kind == cause?.kind && $0.name == cause?.name } ?? texts.first
    let because = cause.map { "\($0.kind.word) \($0.name)" } ?? "these definitions"
    let name = "\(error.kind.rawValue) \(error.name)"
    return DefinitionError(
      message:
        "\(name), which is in force, would become invalid because of \(because): "
        + "\(error.error.explanation), at line \(error.error.position.line), column "
        + "\(error.error.position.column) of it; include \(name) as well, so that the two match",
      file: text?.file ?? "the definitions", line: text?.line ?? 1, column: text?.column ?? 1)
  }
}

extension DefinitionRecord.Kind {
  /// The kind as people say it.
  public var word: String { isTrait ? "trait" : "audience" }

  /// Whether it is a trait, of persons or of accounts.
  public var isTrait: Bool { self == .trait || self == .accountTrait }
}

extension Store {
  /// What the events of the store have nothing of, among the names in definitions of a set.
  ///
  /// - Complexity: see `NameSurvey`.
  package func unknownNames(
    in texts: [DefinitionText], of set: DefinitionSet
  ) throws(StoreError) -> [String] {
    var mentioned: [(prefix: String, names: MentionedNames)] = []
    for text in texts {
      let names =
        text.kind.isTrait
        ? set.trait(named: text.name).map { $0.expression.mentionedNames(of: $0.entity) }
        : set.audience(named: text.name).map { $0.rule.mentionedNames(of: $0.entity) }
      guard let names else { continue }
      mentioned.append(("\(text.kind.word) \(text.name): ", names))
    }
    return try NameSurvey.warnings(mentioned, in: directory.log.view(), symbols: symbols)
  }
}
