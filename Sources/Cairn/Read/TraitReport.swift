// Traits, as people and programs ask for them.

import Engine

/// A trait's definition.
public struct TraitReport: Sendable {
  /// The name.
  public var name: String
  /// The expression as it was written.
  public var text: String
}

extension Snapshot {
  /// All traits, in the order they were defined.
  public var traitReports: [TraitReport] {
    (recordedDefinitions.texts(.trait) + recordedDefinitions.texts(.accountTrait)).map {
      TraitReport(name: $0.name, text: $0.text)
    }
  }
}
