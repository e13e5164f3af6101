// A small JSON writer for `--json` and for answers over HTTP: commas, and escapes beyond what JSON demands. Control
// characters and the like are written as escapes, so that the text is safe on a terminal and the value is unchanged.

import Bytes

/// Builds one JSON text.
///
/// The caller balances `begin…` and `end…` and writes a key before each member of an object.
package struct JSONBuilder {
  private var writer = ByteWriter()
  private var needsComma = false

  package init() {}

  /// The text so far.
  ///
  /// Complexity: O(n).
  package var bytes: [UInt8] { writer.bytes }

  /// As above.
  package var text: String { String(decoding: writer.bytes, as: UTF8.self) }

  package mutating func beginObject() { open("{") }
  package mutating func endObject() { close("}") }
  package mutating func beginArray() { open("[") }
  package mutating func endArray() { close("]") }

  package mutating func key(_ name: String) {
    value(name)
    writer.append(":")
    needsComma = false
  }

  package mutating func value(_ string: String) {
    let text = string.utf8Span.span.bytes
    guard text.isPlainASCII else {
      var quoted = ByteWriter(capacity: text.byteCount + 2)
      quoted.jsonString(text)
      escaped(String(decoding: quoted.bytes, as: UTF8.self))
      return
    }
    separate()
    writer.jsonString(text)
    needsComma = true
  }

  package mutating func value(_ number: some BinaryInteger) { literal(String(number)) }
  package mutating func value(_ flag: Bool) { literal(flag ? "true" : "false") }
  package mutating func value(_ instant: Timestamp) { value(instant.description) }
  package mutating func null() { literal("null") }

  /// A value that is JSON already: an exact decimal's digits, a stored event.
  package mutating func literal(_ json: String) {
    let text = json.utf8Span.span.bytes
    guard text.isPlainASCII else { return escaped(json) }
    separate()
    writer.append(text)
    needsComma = true
  }

  /// As above.
  package mutating func literal(_ json: [UInt8]) {
    guard json.span.bytes.isPlainASCII else {
      return escaped(String(decoding: json, as: UTF8.self))
    }
    separate()
    writer.append(json)
    needsComma = true
  }

  /// Adds JSON whose harmful characters are to be written as escapes.
  private mutating func escaped(_ json: String) {
    separate()
    // Only strings can hold such characters, so an escape means the same.
    for scalar in json.unicodeScalars {
      if isHarmful(scalar) {
        for unit in scalar.utf16 { writer.jsonEscape(unit: unit) }
      } else {
        for byte in scalar.utf8 { writer.u8(byte) }
      }
    }
    needsComma = true
  }

  // MARK: Members

  package mutating func member(_ name: String, _ text: String) {
    key(name)
    value(text)
  }

  package mutating func member(_ name: String, _ number: some BinaryInteger) {
    key(name)
    value(number)
  }

  package mutating func member(_ name: String, _ flag: Bool) {
    key(name)
    value(flag)
  }

  /// Null for none.
  package mutating func member(_ name: String, _ instant: Timestamp?) {
    key(name)
    if let instant { value(instant) } else { null() }
  }

  /// A member that is an array, with what `body` writes for each element.
  package mutating func member<Element, Failure: Error>(
    _ name: String, arrayOf elements: some Sequence<Element>,
    _ body: (inout JSONBuilder, Element) throws(Failure) -> Void
  ) throws(Failure) {
    key(name)
    beginArray()
    for element in elements { try body(&self, element) }
    endArray()
  }

  /// Forgets the text, and keeps its memory.
  package mutating func removeAll() {
    writer.removeAll()
    needsComma = false
  }

  /// Hands over the text so far, which what is written next continues.
  package mutating func take() -> [UInt8] {
    defer { writer.removeAll() }
    return writer.bytes
  }

  private mutating func open(_ bracket: StaticString) {
    separate()
    writer.append(bracket)
    needsComma = false
  }

  private mutating func close(_ bracket: StaticString) {
    writer.append(bracket)
    needsComma = true
  }

  private mutating func separate() {
    if needsComma { writer.append(",") }
    needsComma = false
  }
}

extension RawSpan {
  /// Whether all bytes are those of printable ASCII, of which nothing is harmful.
  ///
  /// Complexity: O(n).
  fileprivate var isPlainASCII: Bool {
    for index in 0..<byteCount where !(0x20..<0x7F ~= self[index]) { return false }
    return true
  }
}
