// A small JSON writer for `--json`: commas and escapes, nothing else. Control characters and the
// like are written as escapes, so that the text is safe on a terminal and the value is unchanged.

/// Builds one JSON text.
///
/// The caller balances `begin…` and `end…` and writes a key before each member of an object.
struct JSONBuilder {
  private(set) var text = ""
  private var needsComma = false

  mutating func beginObject() { open("{") }
  mutating func endObject() { close("}") }
  mutating func beginArray() { open("[") }
  mutating func endArray() { close("]") }

  mutating func key(_ name: String) {
    separate()
    text += quoted(name)
    text += ":"
    needsComma = false
  }

  mutating func value(_ string: String) { literal(quoted(string)) }
  mutating func value(_ number: some BinaryInteger) { literal(String(number)) }
  mutating func value(_ flag: Bool) { literal(flag ? "true" : "false") }
  mutating func null() { literal("null") }

  /// A value that is JSON already: an exact decimal's digits, a stored event.
  mutating func literal(_ json: String) {
    separate()
    if json.unicodeScalars.contains(where: isHarmful) {
      // Only strings can hold such characters, so an escape means the same.
      for scalar in json.unicodeScalars {
        if isHarmful(scalar) {
          for unit in String(scalar).utf16 { text += escape(unit) }
        } else {
          text.unicodeScalars.append(scalar)
        }
      }
    } else {
      text += json
    }
    needsComma = true
  }

  private mutating func open(_ bracket: String) {
    separate()
    text += bracket
    needsComma = false
  }

  private mutating func close(_ bracket: String) {
    text += bracket
    needsComma = true
  }

  private mutating func separate() {
    if needsComma { text += "," }
    needsComma = false
  }

  private func quoted(_ string: String) -> String {
    var result = "\""
    for scalar in string.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      case _ where isHarmful(scalar):
        for unit in String(scalar).utf16 { result += escape(unit) }
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }

  private func escape(_ unit: UInt16) -> String {
    let digits = String(unit, radix: 16)
    return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
  }
}
