// A person's identifier where a record names it.

import Bytes
import Events
import Storage

/// An identifier of a person in a record, which may be somebody else's.
package struct SubjectMention: Hashable, Sendable {
  /// Its type.
  package var type: IdentifierType
  /// The value as it is compared.
  package var value: [UInt8]
  /// The value as it was sent; of a line and of a correction as it is compared.
  package var sent: [UInt8]

  init(_ type: IdentifierType, _ value: RawSpan, sent: RawSpan? = nil) {
    self.type = type
    self.value = value.toArray()
    self.sent = sent?.toArray() ?? self.value
  }
}

extension Snapshot {
  /// The name of an identifier that a record mentions.
  package func identifier(_ mention: SubjectMention) -> Identifier {
    Identifier(
      type: mention.type.rawValue, value: mention.value.span.bytes.toString(),
      rules: scalars.identityRules)
  }
}
