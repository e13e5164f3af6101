// Plans written as JSON. They have a separate reader, because each value keeps its line and column, and because
// YAML, which most JSON is too, has no surrogate pairs in strings.

import Engine
import Events

/// Reads JSON into the values of a plan.
struct JSONPlanText {
  /// What is not JSON; then the text may still be YAML.
  private struct NotJSON: Error {}

  private let bytes: [UInt8]
  private let file: String
  private var index = 0
  private var line = 1
  private var lineStart = 0
  private var failure: DefinitionError?

  /// The value of a text; nil if it is not a JSON object.
  ///
  /// - Throws: What JSON allows and a plan does not: a name twice in one object, or too many levels.
  static func read(_ text: String, file: String) throws(DefinitionError) -> PlanValue? {
    var reader = JSONPlanText(bytes: Array(YAMLText.withoutMark(text).utf8), file: file)
    reader.skipSpace()
    guard reader.next == UInt8(ascii: "{") else { return nil }
    do throws(NotJSON) {
      let value = try reader.value(depth: 0)
      reader.skipSpace()
      return reader.next == nil ? value : nil
    } catch {
      if let failure = reader.failure { throw failure }
      return nil
    }
  }

  private init(bytes: [UInt8], file: String) {
    self.bytes = bytes
    self.file = file
  }

  private var next: UInt8? { index < bytes.count ? bytes[index] : nil }
  private var column: Int { index - lineStart + 1 }

  private mutating func skipSpace() {
    while let byte = next {
      switch byte {
      case 0x20, 0x09, 0x0D: index += 1
      case 0x0A:
        index += 1
        line += 1
        lineStart = index
      default: return
      }
    }
  }

  private mutating func take(_ byte: UInt8) throws(NotJSON) {
    guard next == byte else { throw NotJSON() }
    index += 1
  }

  private mutating func takes(_ byte: UInt8) -> Bool {
    guard next == byte else { return false }
    index += 1
    return true
  }

  private mutating func value(depth: Int) throws(NotJSON) -> PlanValue {
    skipSpace()
    let (startLine, startColumn) = (line, column)
    guard depth <= PlanText.depthMax else {
      throw fail("the plan is nested too deep", startLine, startColumn)
    }
    let content: PlanValue.Content
    switch next {
    case UInt8(ascii: "{"): content = .map(try members(depth: depth))
    case UInt8(ascii: "["): content = .list(try elements(depth: depth))
    case UInt8(ascii: "\""): content = .text(try string(), isPlain: false)
    default:
      let start = index
      while let byte = next, !" \t\r\n,:]}[{\"".utf8.contains(byte) { index += 1 }
      switch String(decoding: bytes[start..<index], as: UTF8.self) {
      case "null": content = .null
      case "true": content = .boolean(true)
      case "false": content = .boolean(false)
      case let text where CSVMapping.isNumber(text): content = .number(text)
      default: throw NotJSON()
      }
    }
    return PlanValue(content, line: startLine, column: startColumn)
  }

  private mutating func elements(depth: Int) throws(NotJSON) -> [PlanValue] {
    try take(UInt8(ascii: "["))
    var result: [PlanValue] = []
    skipSpace()
    if takes(UInt8(ascii: "]")) { return result }
    repeat {
      result.append(try value(depth: depth + 1))
      skipSpace()
    } while takes(UInt8(ascii: ","))
    try take(UInt8(ascii: "]"))
    return result
  }

  private mutating func members(depth: Int) throws(NotJSON) -> [PlanValue.Member] {
    try take(UInt8(ascii: "{"))
    var result: [PlanValue.Member] = []
    var names: Set<[UInt8]> = []
    skipSpace()
    if takes(UInt8(ascii: "}")) { return result }
    repeat {
      skipSpace()
      let (nameLine, nameColumn) = (line, column)
      let name = try string()
      guard names.insert(Array(name.utf8)).inserted else {
        throw fail(
          "the key `\(name)` occurs more than once in one mapping; keep one", nameLine, nameColumn)
      }
      skipSpace()
      try take(UInt8(ascii: ":"))
      result.append(
        PlanValue.Member(
          name: name, line: nameLine, column: nameColumn, value: try value(depth: depth + 1)))
      skipSpace()
    } while takes(UInt8(ascii: ","))
    try take(UInt8(ascii: "}"))
    return result
  }

  private mutating func string() throws(NotJSON) -> String {
    try take(UInt8(ascii: "\""))
    var text: [UInt8] = []
    while true {
      guard let byte = next, byte >= 0x20 else { throw NotJSON() }
      index += 1
      if byte == UInt8(ascii: "\"") { return String(decoding: text, as: UTF8.self) }
      guard byte == UInt8(ascii: "\\") else {
        text.append(byte)
        continue
      }
      guard let escape = next else { throw NotJSON() }
      index += 1
      switch escape {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(escape)
      case UInt8(ascii: "b"): text.append(0x08)
      case UInt8(ascii: "f"): text.append(0x0C)
      case UInt8(ascii: "n"): text.append(0x0A)
      case UInt8(ascii: "r"): text.append(0x0D)
      case UInt8(ascii: "t"): text.append(0x09)
      case UInt8(ascii: "u"): text += Array(String(try scalar()).utf8)
      default: throw NotJSON()
      }
    }
  }

  /// What follows `\u`, with the second half of a pair.
  private mutating func scalar() throws(NotJSON) -> Unicode.Scalar {
    let first = try hexadecimal()
    if let scalar = Unicode.Scalar(first) { return scalar }
    guard first < 0xDC00 else { throw NotJSON() }
    try take(UInt8(ascii: "\\"))
    try take(UInt8(ascii: "u"))
    let second = try hexadecimal()
    guard second >> 10 == 0x37,
      let scalar = Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
    else { throw NotJSON() }
    return scalar
  }

  private mutating func hexadecimal() throws(NotJSON) -> UInt32 {
    guard index + 4 <= bytes.count else { throw NotJSON() }
    let digits = String(decoding: bytes[index..<index + 4], as: UTF8.self)
    guard digits.utf8.count == 4, let value = UInt32(digits, radix: 16), digits.first != "+" else {
      throw NotJSON()
    }
    index += 4
    return value
  }

  private mutating func fail(_ message: String, _ line: Int, _ column: Int) -> NotJSON {
    failure = DefinitionError(message: message, file: file, line: line, column: column)
    return NotJSON()
  }
}
