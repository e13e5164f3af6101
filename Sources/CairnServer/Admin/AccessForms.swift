// Questions and answers about sources and keys.

import Bytes
import Engine

/// Which key is to be made: one of a source, or without a source one that asks.
package struct KeyQuestion: Codable, Sendable {
  package var source: String?

  package init(source: String?) { self.source = source }
}

/// A key that has just been made, and cannot be shown again.
package struct MadeKey: Codable, Sendable {
  /// The whole key.
  package var key: String
  /// The part that names it, which is not secret.
  package var name: String
  /// The source that it collects for; nil for one that asks.
  package var source: String?

  package init(text: String, source: String? = nil) {
    key = text
    name = AccessKeyText.name(in: text) ?? ""
    self.source = source
  }
}

/// A key that is no longer in force.
package struct RevokedKey: Codable, Sendable {
  /// The part that names it.
  package var revoked: String

  package init(revoked: String) { self.revoked = revoked }
}

/// The sources of a store and the keys in force.
package struct KeyList: Codable, Sendable {
  /// A key, without what is secret.
  package struct Key: Codable, Sendable {
    package var name: String
    /// `write` or `read`.
    package var scope: String
    /// The source that a write key collects for.
    package var source: String?
    /// When it was made.
    package var madeAt: Timestamp
  }

  /// The names of the sources, in the order in which they were first used.
  package var sources: [String]
  /// The keys, in the order in which they were made.
  package var keys: [Key]
}

extension Store {
  /// The sources and the keys in force.
  package var keyList: KeyList {
    KeyList(
      sources: sources.map(\.name),
      keys: accessKeys.map { key in
        var source: String?
        if case .write(let id) = key.scope { source = sources.first { $0.id == id }?.name }
        return KeyList.Key(
          name: key.name, scope: key.scope == .read ? "read" : "write", source: source,
          madeAt: key.madeAt)
      })
  }
}
