// A small JSON writer for `--json` and for answers over HTTP: commas, and escapes beyond what JSON demands. Control characters
// and the like are written as escapes, so that the text is safe on a terminal and the value is unchanged.

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
    var quoted = ByteWriter(capacity: string.utf8.count + 2)
    quoted.jsonString(string)
    literal(String(decoding: quoted.bytes, as: UTF8.self))
  }

  package mutating func value(_ number: some BinaryInteger) { literal(String(number)) }
  package mutating func value(_ flag: Bool) { literal(flag ? "true" : "false") }
  package mutating func null() { literal("null") }

  /// A value that is JSON already: an exact decimal's digits, a stored event.
  package mutating func literal(_ json: String) {
    separate()
    if json.unicodeScalars.contains(where: isHarmful) {
      // Only strings can hold such characters, so an escape means the same.
      for scalar in json.unicodeScalars {
        if isHarmful(scalar) {
          for unit in scalar.utf16 { writer.jsonEscape(unit: unit) }
        } else {
          for byte in scalar.utf8 { writer.u8(byte) }
        }
      }
    } else {
      writer.append(utf8: json)
    }
    needsComma = true
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
