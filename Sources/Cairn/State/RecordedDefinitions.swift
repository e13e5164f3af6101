// Definitions from the log: they were checked when they were recorded, so an error now means that this
// version understands less than the one that wrote them.

import Audiences
import Bytes
import Events
import Profiles
import Storage

extension DefinitionSet {
  /// Applies one definition record; on an error nothing has changed.
  mutating func apply(_ record: DefinitionRecord) throws(Audiences.DefinitionError) {
    switch (record.action, record.kind) {
    case (.define, .trait): try define(trait: record.name, record.text)
    case (.define, .audience): try define(audience: record.name, record.text)
    case (.remove, .trait): try remove(trait: record.name)
    case (.remove, .audience): try remove(audience: record.name)
    }
  }

  /// Applies a record of the log.
  mutating func apply(recorded record: DefinitionRecord) throws(StoreError) {
    do { try apply(record) } catch {
      throw .notUnderstood(record.name, error.description)
    }
  }
}

extension EvaluationPlan {
  /// Compiles the definitions of the log.
  init(recorded definitions: DefinitionSet, names: SymbolTable) throws(StoreError) {
    do { try self.init(definitions, names: names) } catch {
      throw .notUnderstood("", error.description)
    }
  }
}

extension AggregatePlan {
  /// What the event brings, or nil if the aggregate is not about it.
  func amountIfMatching(_ event: borrowing EventView) throws(StoreError) -> CellAmount? {
    do {
      guard try matches(event) else { return nil }
      return try amount(of: event)
    } catch {
      throw StoreError(error, in: "log")
    }
  }
}

extension StoreError {
  fileprivate static func notUnderstood(_ name: String, _ why: String) -> StoreError {
    StoreError(
      .newerFormat,
      "the log holds the definition \(name), which this version does not understand (\(why)); open "
        + "the store with the version that wrote it")
  }
}
