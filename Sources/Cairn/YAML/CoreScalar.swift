// What the plain words of a YAML file mean: those of JSON are what they are in JSON, all others are the
// text that stands there. `no` is a country, `01234` a postal code, `12:30` a time.

import Bytes
import Events
import Yams

/// A scalar of YAML, read by the core schema of YAML 1.2 as far as JSON has the same.
///
/// `true`, `false` and `null` (also `True`, `TRUE` and so on, `~` and nothing at all) and numbers as JSON
/// spells them. Numbers keep their text. The core schema also has numbers that JSON would not spell so
/// (`+49`, `.5`, `01234`, `0x1F`, `.inf`): people write most of them as texts, so they are texts here.
///
/// Source: YAML 1.2.2, 10.3.2.
enum CoreScalar: Equatable {
  case null
  case boolean(Bool)
  /// As it is spelled.
  case number(String)
  case text(String)

  /// Reads a scalar.
  init(_ scalar: Node.Scalar) {
    let tag = scalar.tag.description
    let isPlain =
      Self.valueTags.contains(tag)
      || (scalar.style == .plain || scalar.style == .any) && !Self.textTags.contains(tag)
    self = isPlain ? Self.plain(scalar.string) : .text(scalar.string)
  }

  private static let textTags: Set = ["!", "tag:yaml.org,2002:str"]
  private static let valueTags: Set = [
    "tag:yaml.org,2002:null", "tag:yaml.org,2002:bool", "tag:yaml.org,2002:int",
    "tag:yaml.org,2002:float",
  ]

  private static func plain(_ text: String) -> CoreScalar {
    switch text {
    case "", "~", "null", "Null", "NULL": .null
    case "true", "True", "TRUE": .boolean(true)
    case "false", "False", "FALSE": .boolean(false)
    default: CSVMapping.isNumber(text) ? .number(text) : .text(text)
    }
  }

  /// Whether the core schema takes a text, as it stands in a file, for a number where it is a text
  /// here.
  static func looksLikeNumber(_ text: String) -> Bool {
    let bytes = Array(text.utf8)
    if DecimalView(bytes.span.bytes) != nil { return true }
    let digits = text.drop { $0 == "+" || $0 == "-" }
    if digits.hasPrefix("0x") || digits.hasPrefix("0o") {
      return UInt64(digits.dropFirst(2), radix: digits.hasPrefix("0x") ? 16 : 8) != nil
    }
    if isOldNumber(digits) { return true }
    return [".inf", ".Inf", ".INF", ".nan", ".NaN", ".NAN"].contains(String(digits))
  }
}

extension CoreScalar {
  /// Whether YAML 1.1, which many still read, takes digits for a number: `1_000` or, to the base 60, `12:30`.
  private static func isOldNumber(_ digits: Substring) -> Bool {
    guard digits.first?.isNumber == true, digits.contains(":") || digits.contains("_") else {
      return false
    }
    let parts = digits.split(separator: ":", omittingEmptySubsequences: false)
    return parts.enumerated().allSatisfy { index, part in
      guard !part.isEmpty, part.utf8.allSatisfy({ (0x30...0x39).contains($0) || $0 == 0x5F })
      else { return false }
      return index == 0 || part.count <= 2 && Int(part).map { $0 < 60 } == true
    }
  }
}

extension Node {
  /// What the node is if it is a scalar.
  var core: CoreScalar? { scalar.map { CoreScalar($0) } }

  /// Whether the scalar is empty.
  var isNull: Bool { core == .null }

  /// `true` or `false`; nil for everything else, `yes` and `no` included.
  var boolean: Bool? {
    if case .boolean(let flag)? = core { return flag }
    return nil
  }
}
