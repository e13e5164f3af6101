// `hostname` and `idn-hostname`. What A-labels and labels beyond ASCII may hold is the library's, by
// IDNA 2008.

import Bytes
import CUnicode
import Glibc

/// Names of hosts.
enum HostnameFormat {
  private static let labelBytesMax = 63
  private static let nameBytesMax = 253

  /// RFC 1123, 2.1: labels of letters, digits and inner hyphens; A-labels are valid by RFC 5891.
  static func fits(_ text: RawSpan) -> Bool {
    guard text.byteCount > 0, text.byteCount <= nameBytesMax else { return false }
    var start = 0
    var hasALabel = false
    for index in 0...text.byteCount {
      guard index == text.byteCount || text[index] == UInt8(ascii: ".") else { continue }
      let label = text.extracting(start..<index)
      guard isLabel(label) else { return false }
      if label.byteCount >= 4, label[2] == UInt8(ascii: "-"), label[3] == UInt8(ascii: "-") {
        guard label[0] | 0x20 == UInt8(ascii: "x"), label[1] | 0x20 == UInt8(ascii: "n") else {
          return false
        }
        hasALabel = true
      }
      start = index + 1
    }
    return !hasALabel || isRegistrable(text)
  }

  private static func isLabel(_ label: RawSpan) -> Bool {
    guard (1...labelBytesMax).contains(label.byteCount), label[0] != UInt8(ascii: "-"),
      label[label.byteCount - 1] != UInt8(ascii: "-")
    else { return false }
    return (0..<label.byteCount).allSatisfy {
      ASCII.isAlphanumeric(label[$0]) || label[$0] == UInt8(ascii: "-")
    }
  }

  /// RFC 5890, 2.3.2.3: labels may be U-labels, which are in NFC; the dots of IDNA 2003 divide as
  /// well.
  static func fitsInternational(_ text: RawSpan) -> Bool {
    guard text.byteCount > 0 else { return false }
    var plain: [UInt8] = []
    for scalar in text.toString().unicodeScalars {
      // Source: RFC 3490, 3.1.
      let isDot = scalar == "\u{3002}" || scalar == "\u{FF0E}" || scalar == "\u{FF61}"
      plain += isDot ? [UInt8(ascii: ".")] : Array(String(scalar).utf8)
    }
    let isASCII = plain.allSatisfy { $0 < 0x80 }
    return isASCII ? fits(plain.span.bytes) : isRegistrable(plain.span.bytes)
  }

  /// As `fitsInternational`, but in any normalisation form, as RFC 6531 leaves it open.
  static func fitsNormalised(_ text: RawSpan) -> Bool {
    guard let normal = UnicodeText.composed(text.toArray()) else { return false }
    return fitsInternational(normal.span.bytes)
  }

  /// Whether every label is valid by IDNA 2008, each A-label the form of its U-label.
  private static func isRegistrable(_ text: RawSpan) -> Bool {
    var asciiBytes = -1
    var labels: [[Unicode.Scalar]] = []
    for part in text.toArray().split(separator: 0x2E, omittingEmptySubsequences: false) {
      let label = Array(part)
      guard let form = asciiForm(label), isLabel(form.span.bytes) else { return false }
      asciiBytes += form.count + 1
      labels.append(unicodeForm(label))
    }
    guard asciiBytes <= nameBytesMax else { return false }
    return !labels.contains(where: BidiRule.isBidirectional) || labels.allSatisfy(BidiRule.fits)
  }

  private static func isALabel(_ label: [UInt8]) -> Bool {
    label.prefix(4).map { $0 | 0x20 }.elementsEqual("xn--".utf8)
  }

  /// The ASCII form of a label; nil if it is not valid.
  private static func asciiForm(_ label: [UInt8]) -> [UInt8]? {
    guard !label.isEmpty, !label.contains(0) else { return nil }
    guard isALabel(label) || label.contains(where: { $0 >= 0x80 }) else { return label }
    var form: UnsafeMutablePointer<UInt8>?
    let result: Int32
    if isALabel(label) {
      let lowered = label.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 } + [0]
      result = idn2_register_u8(nil, lowered, &form, 0)
    } else {
      result = idn2_register_u8(label + [0], nil, &form, 0)
    }
    guard result == IDN2_OK.rawValue, let form else { return nil }
    defer { idn2_free(form) }
    return Array(String(cString: form).utf8)
  }

  private static func unicodeForm(_ label: [UInt8]) -> [Unicode.Scalar] {
    let plain = String(decoding: label, as: UTF8.self)
    guard isALabel(label) else { return Array(plain.unicodeScalars) }
    var form: UnsafeMutablePointer<CChar>?
    guard idn2_to_unicode_8z8z(plain, &form, 0) == IDN2_OK.rawValue, let form else { return [] }
    defer { idn2_free(form) }
    return Array(String(cString: form).unicodeScalars)
  }
}
