// `uri-template`.

import Bytes

/// Templates of URIs.
///
/// Source: RFC 6570, 2, with erratum 6937: an apostrophe is a literal.
enum URITemplateFormat {
  /// Whether a text is a template.
  static func fits(_ text: RawSpan) -> Bool {
    let scalars = Array(text.toString().unicodeScalars)
    var index = 0
    while index < scalars.count {
      let scalar = scalars[index]
      switch scalar {
      case "{":
        guard let end = scalars[index...].firstIndex(of: "}"),
          isExpression(scalars[(index + 1)..<end])
        else { return false }
        index = end + 1
      case "%":
        guard index + 2 < scalars.count, isHexadecimal(scalars[index + 1]),
          isHexadecimal(scalars[index + 2])
        else { return false }
        index += 3
      case "\"", "<", ">", "\\", "^", "`", "|", "}":
        return false
      default:
        guard
          scalar.isASCII ? (0x21...0x7E).contains(scalar.value) : URIFormat.isLetter(scalar, true)
        else { return false }
        index += 1
      }
    }
    return true
  }

  private static func isHexadecimal(_ scalar: Unicode.Scalar) -> Bool {
    scalar.isASCII && scalar.properties.isASCIIHexDigit
  }

  /// An operator, if any, and variables.
  private static func isExpression(_ text: ArraySlice<Unicode.Scalar>) -> Bool {
    var rest = text
    if let first = rest.first, "+#./;?&=,!@|".unicodeScalars.contains(first) {
      // Some are kept for later versions.
      guard !"=,!@|".unicodeScalars.contains(first) else { return false }
      rest = rest.dropFirst()
    }
    return rest.split(separator: ",", omittingEmptySubsequences: false).allSatisfy {
      isVariable($0)
    }
  }

  private static func isVariable(_ text: ArraySlice<Unicode.Scalar>) -> Bool {
    var name = text
    if name.last == "*" {
      name = name.dropLast()
    } else if let colon = name.firstIndex(of: ":") {
      let digits = name[(colon + 1)...]
      guard (1...4).contains(digits.count), digits.first != "0",
        digits.allSatisfy({ ("0"..."9").contains($0) })
      else { return false }
      name = name[..<colon]
    }
    return name.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { part in
      var index = part.startIndex
      while index < part.endIndex {
        if part[index] == "%" {
          guard index + 2 < part.endIndex, isHexadecimal(part[index + 1]),
            isHexadecimal(part[index + 2])
          else { return false }
          index += 3
          continue
        }
        guard part[index].isASCII,
          part[index] == "_" || ASCII.isAlphanumeric(UInt8(part[index].value))
        else { return false }
        index += 1
      }
      return !part.isEmpty
    }
  }
}
