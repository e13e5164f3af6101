// Questions and answers about time, definitions and identity rules.

import Activation
import Bytes
import Cairn
import Engine
import Profiles
import Storage

/// To what instant logical time is to move.
package struct TickQuestion: Codable, Sendable {
  package var at: Timestamp

  package init(at: Timestamp) { self.at = at }
}

/// Definitions to apply, as the texts of their files.
package struct DefinitionsQuestion: Codable, Sendable {
  /// A file that the client has read; errors name it.
  package struct File: Codable, Sendable {
    package var file: String
    package var text: String

    package init(file: String, text: String) {
      self.file = file
      self.text = text
    }
  }

  package var files: [File]
  /// Whether definitions that are not among them are removed.
  package var prune: Bool

  package init(files: [File], prune: Bool) {
    self.files = files
    self.prune = prune
  }
}

/// Definitions that are in force now.
package struct AppliedDefinitions: Codable, Sendable {
  package var added: [String]
  package var changed: [String]
  package var removed: [String]
  package var kept: [String]
  package var unchanged: Int
  package var historySince: Timestamp?
  package var warnings: [String]
  package var memberships: MembershipCounts
  /// The record that has them.
  package var record: UInt64?

  package init(_ changes: DefinitionChanges) {
    added = changes.added
    changed = changes.changed
    removed = changes.removed
    kept = changes.kept
    unchanged = changes.unchanged
    historySince = changes.historySince
    warnings = changes.warnings
    memberships = changes.memberships
    record = changes.sequence?.value
  }

  /// As the library has it.
  package var changes: DefinitionChanges {
    var changes = DefinitionChanges()
    changes.added = added
    changes.changed = changed
    changes.removed = removed
    changes.kept = kept
    changes.unchanged = unchanged
    changes.historySince = historySince
    changes.warnings = warnings
    changes.memberships = memberships
    changes.sequence = record.map { SequenceNumber($0) }
    return changes
  }
}

/// Identity rules to put in force, as the text of their file.
package struct RulesQuestion: Codable, Sendable {
  package var file: String
  package var text: String

  package init(file: String, text: String) {
    self.file = file
    self.text = text
  }
}

/// Identity rules that are in force now.
package struct AppliedRules: Codable, Sendable {
  /// What changed; nil if they were in force already.
  package var memberships: MembershipCounts?
  package var profilesBefore: Int
  package var profiles: Int

  /// Puts rules in force.
  package init(
    _ rules: IdentityRules, to store: Store, onProgress: @escaping (LogProgress) -> Void
  ) throws(StoreError) {
    profilesBefore = try store.snapshot().stats().profiles
    memberships = try store.apply(
      rules.renumbered(after: store.identityRules), onProgress: onProgress)
    profiles = try store.snapshot().stats().profiles
  }
}
