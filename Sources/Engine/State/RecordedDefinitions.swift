// Definitions from the log: they were checked when they were recorded, so an error now means that this
// version understands less than the one that wrote them.

import Audiences
import Bytes
import Events
import Profiles
import Storage

extension DefinitionRecord {
  /// What the record does to a set of definitions.
  var change: DefinitionChange {
    switch (action, kind) {
    case (.define, .trait): .defineTrait(name, text)
    case (.define, .audience): .defineAudience(name, text)
    case (.define, .accountTrait): .defineTrait(name, text, of: .account)
    case (.define, .accountAudience): .defineAudience(name, text, of: .account)
    case (.remove, .trait), (.remove, .accountTrait): .removeTrait(name)
    case (.remove, .audience), (.remove, .accountAudience): .removeAudience(name)
    }
  }
}

extension DefinitionSet {
  /// Applies a record of the log.
  mutating func apply(recorded record: DefinitionsRecord) throws(StoreError) {
    zones = TimeZones(record.zones)
    defer { zones = .utcOnly }
    do { try apply(record.changes.map(\.change)) } catch {
      throw .notUnderstood(error.name, error.description)
    }
  }
}

extension EvaluationPlan {
  /// Compiles the definitions of the log.
  package convenience init(recorded definitions: DefinitionSet, names: SymbolTable)
    throws(StoreError)
  {
    do { try self.init(definitions, names: names) } catch {
      throw .notUnderstood("", error.description)
    }
  }
}

extension AggregatePlan {
  /// What the event brings, or nil if the aggregate is not about it.
  package func amountIfMatching(_ event: borrowing EventView) throws(StoreError) -> CellAmount? {
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
