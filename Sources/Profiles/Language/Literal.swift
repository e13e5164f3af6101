// Constants in definitions, and how texts are quoted when a definition is printed.

import Bytes

/// A currency: three letters A to Z, as in ISO 4217.
///
/// Which codes exist is not checked.
public struct CurrencyCode: Hashable, Comparable, Sendable, BitwiseCopyable {
  /// The three letters, first one lowest, as they stand in cells; 0 is not a currency.
  public let packed: UInt32

  init(packed: UInt32) { self.packed = packed }

  /// The key of amounts that came without a currency.
  public static let none = CurrencyCode(packed: 0)

  /// Reads three ASCII letters of either case; anything else is not a currency.
  public init?(_ text: RawSpan) {
    guard text.byteCount == 3 else { return nil }
    var packed: UInt32 = 0
    for index in 0..<3 {
      let letter = text[index] & 0xDF
      guard letter >= UInt8(ascii: "A"), letter <= UInt8(ascii: "Z") else { return nil }
      packed |= UInt32(letter) << UInt32(8 * index)
    }
    self.packed = packed
  }

  /// Reads three ASCII letters of either case; anything else is not a currency.
  public init?(_ text: String) {
    let bytes = Array(text.utf8)
    self.init(bytes.span.bytes)
  }

  /// Whether `a` comes first in the alphabet.
  public static func < (a: Self, b: Self) -> Bool { a.packed.byteSwapped < b.packed.byteSwapped }
}

extension CurrencyCode: CustomStringConvertible {
  /// The three letters; empty for no currency.
  public var description: String {
    let letters = [0, 8, 16].map { UInt8(truncatingIfNeeded: packed >> $0) }.filter { $0 != 0 }
    return String(decoding: letters, as: UTF8.self)
  }
}

/// A constant in a definition.
public enum Literal: Hashable, Sendable {
  /// A text.
  case string(String)
  /// An exact number.
  case number(FixedDecimal)
  /// An exact amount in a currency.
  case money(FixedDecimal, CurrencyCode)
  /// `true` or `false`.
  case bool(Bool)
  /// `null`: there is no value.
  case null
}

extension Literal: CustomStringConvertible {
  /// The literal as the language writes it.
  public var description: String {
    switch self {
    case .string(let text): text.quoted
    case .number(let number): number.description
    case .money(let amount, let currency): "\(amount) \(currency)"
    case .bool(let value): value ? "true" : "false"
    case .null: "null"
    }
  }
}

extension String {
  /// The text in double quotes, escaped so that the lexer reads the same text back.
  package var quoted: String {
    var result = String.UnicodeScalarView()
    result.append("\"")
    for scalar in unicodeScalars {
      switch scalar {
      case "\"", "\\":
        result.append("\\")
        result.append(scalar)
      case "\n": result.append(contentsOf: "\\n".unicodeScalars)
      case "\r": result.append(contentsOf: "\\r".unicodeScalars)
      case "\t": result.append(contentsOf: "\\t".unicodeScalars)
      case _ where scalar.value < 0x20:
        result.append(contentsOf: "\\u{\(String(scalar.value, radix: 16))}".unicodeScalars)
      default: result.append(scalar)
      }
    }
    result.append("\"")
    return String(result)
  }
}
