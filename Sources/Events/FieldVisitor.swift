// What receives the fields of an event, one call for each, as parsers of documents call their handlers:
// no value is looked at twice, and nothing is allocated to hand it over.

import Bytes

/// Receives every field of an event, decoded, in the order in which the event holds them.
///
/// Model: the handlers of SAX and of RapidJSON. The calls are specialised for the visitor, so that a method
/// costs what stands in it.
public protocol FieldVisitor {
  /// Receives a string, as UTF-8.
  mutating func visit(text: RawSpan, _ field: borrowing StoredField)
  /// Receives a string that is a lower-case UUID, as its 16 bytes.
  mutating func visit(uuid: RawSpan, _ field: borrowing StoredField)
  /// Receives a string that is an instant in UTC, with or without milliseconds.
  mutating func visit(instant: Timestamp, _ field: borrowing StoredField)
  /// Receives a number: exact, or why it cannot be; its text as sent is that of `field.value`.
  mutating func visit(number: FixedDecimal.Reading, _ field: borrowing StoredField)
  /// Receives true or false.
  mutating func visit(boolean: Bool, _ field: borrowing StoredField)
  /// Receives null.
  mutating func visitNull(_ field: borrowing StoredField)
  /// Receives an object; its members come next, one deeper.
  mutating func visitObject(_ field: borrowing StoredField)
  /// Receives an array; its elements come next, one deeper, without keys.
  mutating func visitArray(_ field: borrowing StoredField)
}

/// One field of an event, or of an object or array within it.
public struct StoredField: ~Escapable {
  /// How deep it is: 1 for a member of the event itself.
  public let depth: Int
  /// The key, as UTF-8; empty for an element of an array.
  public let key: RawSpan
  @usableFromInline let encoded: RawSpan
  @usableFromInline let kind: ValueView.Kind

  @_lifetime(copy key, copy encoded)
  @inlinable @inline(__always)
  init(_ depth: Int, _ key: RawSpan, _ kind: ValueView.Kind, _ encoded: RawSpan) {
    self.depth = depth
    self.key = key
    self.encoded = encoded
    self.kind = kind
  }

  /// The value as it is stored.
  public var value: ValueView {
    @_lifetime(copy self)
    get { ValueView(checked: encoded, tag: encoded[0], kind: kind) }
  }
}
