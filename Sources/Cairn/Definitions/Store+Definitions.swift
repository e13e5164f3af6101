// Definitions as a whole: what is applied is the full set, and the difference becomes records.

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
  /// How many stayed as they were.
  public var unchanged = 0
  /// Memberships that changed with it.
  public var memberships = MembershipCounts()
}

/// Why definitions were not applied; nothing has changed then.
public enum ApplyError: Error, Sendable {
  /// A definition is wrong.
  case definition(DefinitionError)
  /// The store refused.
  case store(StoreError)
}

extension Store {
  /// Makes the given definitions the store's whole set, atomically.
  ///
  /// A trait has its value at once as if it had always been defined; the profiles that satisfy an
  /// audience enter it at the definition's place in the log. Traits come before audiences whatever
  /// the order given, since rules name them.
  ///
  /// - Complexity: one pass over the log if any aggregate is new, one over the profiles for each
  ///   audience that changed.
  public func apply(
    _ texts: [DefinitionText]
  ) throws(ApplyError) -> DefinitionChanges {
    var changes = DefinitionChanges()
    let records = difference(texts, &changes)
    guard !records.isEmpty else { return changes }
    try check(records, texts)
    let before = fold.changes
    do {
      try record(records)
    } catch {
      do { try recover(from: error) } catch { throw .store(error) }
      throw .store(error)
    }
    changes.memberships = fold.changes - before
    return changes
  }

  /// The records that lead from the present set to the given one: removals of audiences, then traits,
  /// then audiences, so that each step is valid by itself.
  private func difference(
    _ texts: [DefinitionText], _ changes: inout DefinitionChanges
  ) -> [DefinitionRecord] {
    var result: [DefinitionRecord] = []
    for kind in [DefinitionRecord.Kind.audience, .trait] {
      for (name, _) in fold.state.scalars.texts(kind)
      where !texts.contains(where: { $0.kind == kind && $0.name == name }) {
        result.append(DefinitionRecord(.remove, kind, name: name))
        changes.removed.append(name)
      }
    }
    // An audience must not refer to a removed trait even for a moment: its new rule comes first.
    var removals = result
    result.removeAll { $0.kind == .trait }
    removals.removeAll { $0.kind == .audience }
    for kind in [DefinitionRecord.Kind.trait, .audience] {
      let present = fold.state.scalars.texts(kind)
      for text in texts where text.kind == kind {
        switch present.first(where: { $0.name == text.name })?.text {
        case let known? where known.hasSameBytes(as: text.text): changes.unchanged += 1
        case nil:
          changes.added.append(text.name)
          result.append(DefinitionRecord(.define, kind, name: text.name, text: text.text))
        default:
          changes.changed.append(text.name)
          result.append(DefinitionRecord(.define, kind, name: text.name, text: text.text))
        }
      }
    }
    return result + removals
  }

  /// Tries the records on a copy of the set and says where a wrong one stands.
  private func check(
    _ records: [DefinitionRecord], _ texts: [DefinitionText]
  ) throws(ApplyError) {
    var set = fold.definitions
    for record in records {
      do { try set.apply(record) } catch {
        let text = texts.first { $0.kind == record.kind && $0.name == record.name }
        let position = error.error.position
        let isFirstLine = position.line == 1
        let column = isFirstLine ? (text?.column ?? 1) + position.column - 1 : position.column
        throw .definition(
          DefinitionError(
            message: "\(record.kind.word) \(record.name): \(error.error.explanation)",
            file: text?.file ?? "", line: (text?.line ?? 1) + position.line - 1, column: column))
      }
    }
  }

  private func record(_ records: [DefinitionRecord]) throws(StoreError) {
    // A definition does not move time: what it means is settled at the logical now, and a store that
    // is still empty stays free to take in the past.
    let now = logicalNow
    try directory.log.reserve(records.count * 4096 + 65_536)
    let first = batch.nextSequence
    let pending = records.enumerated().map { index, record in
      PendingDefinition(
        sequence: SequenceNumber(first.value + UInt64(index)), receivedAt: now, record: record)
    }
    let decisions = try fold.foldDefinitions(pending, log: directory.log.view())
    var payload = ByteWriter()
    for (index, record) in records.enumerated() {
      payload.removeAll()
      record.encode(into: &payload)
      batch.begin(
        kind: RecordKind.definition.rawValue, receivedAt: now, source: SourceID(0),
        payload: payload.bytes.span.bytes)
      let decided = decisions[index]
      batch.decide(decided.span.bytes)
    }
    try commit()
  }
}

extension DefinitionRecord.Kind {
  /// The kind as people say it.
  public var word: String { self == .trait ? "trait" : "audience" }
}
