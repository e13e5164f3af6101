// Values as JSON text, for exports and for `--json`.

import Bytes
import Profiles

/// Appends JSON.
public enum JSONText {
  /// Appends a string, quoted and escaped.
  ///
  /// Source: RFC 8259, section 7.
  public static func append(_ text: String, to bytes: inout [UInt8]) {
    let hex = Array("0123456789abcdef".utf8)
    bytes.append(0x22)
    for byte in text.utf8 {
      switch byte {
      case 0x22, 0x5C: bytes.append(contentsOf: [0x5C, byte])
      case 0x0A: bytes.append(contentsOf: [0x5C, UInt8(ascii: "n")])
      case 0x0D: bytes.append(contentsOf: [0x5C, UInt8(ascii: "r")])
      case 0x09: bytes.append(contentsOf: [0x5C, UInt8(ascii: "t")])
      case 0..<0x20:
        bytes.append(contentsOf: Array("\\u00".utf8))
        bytes.append(hex[Int(byte >> 4)])
        bytes.append(hex[Int(byte & 15)])
      default: bytes.append(byte)
      }
    }
    bytes.append(0x22)
  }

  /// Appends a trait's value: a number, a decimal as a number, an object of one decimal a currency,
  /// or the selected value; null if there is none.
  public static func append(_ value: TraitValue, to bytes: inout [UInt8]) {
    switch value {
    case .count(let count): bytes.append(contentsOf: String(count).utf8)
    case .sum(let totals, let skipped):
      if skipped == 0, totals.isEmpty {
        bytes.append(UInt8(ascii: "0"))
      } else if skipped == 0, totals.count == 1, totals[0].currency.isEmpty {
        append(totals[0].total, to: &bytes)
      } else {
        append(totals, skipped: skipped, to: &bytes)
      }
    case .selection(let value, _):
      append(value, to: &bytes)
    }
  }

  private static func append(
    _ totals: [(currency: String, total: FixedDecimal?)], skipped: UInt64,
    to bytes: inout [UInt8]
  ) {
    bytes.append(UInt8(ascii: "{"))
    for (index, entry) in totals.enumerated() {
      if index > 0 { bytes.append(UInt8(ascii: ",")) }
      append(entry.currency, to: &bytes)
      bytes.append(UInt8(ascii: ":"))
      append(entry.total, to: &bytes)
    }
    if skipped > 0 {
      if !totals.isEmpty { bytes.append(UInt8(ascii: ",")) }
      bytes.append(contentsOf: "\"skipped\":\(skipped)".utf8)
    }
    bytes.append(UInt8(ascii: "}"))
  }

  private static func append(_ total: FixedDecimal?, to bytes: inout [UInt8]) {
    bytes.append(contentsOf: (total?.description ?? "null").utf8)
  }

  private static func append(_ value: FieldValue?, to bytes: inout [UInt8]) {
    switch value {
    case .string(let text): append(String(decoding: text, as: UTF8.self), to: &bytes)
    case .some(let other): bytes.append(contentsOf: other.description.utf8)
    case nil: bytes.append(contentsOf: "null".utf8)
    }
  }
}
