// Dates that are written in a way of a table's own.

import Bytes

/// A pattern of `yyyy`, `MM`, `M`, `dd`, `d`, `HH`, `H`, `mm`, `m`, `ss`, `s`, `SSS`, and characters that stand for
/// themselves: all but letters of ASCII, `T`, and any text in apostrophes, in which two are one.
public struct CSVDatePattern: Sendable, Equatable {
  /// Why a text is not a pattern, to go on after its name.
  public struct Problem: Error, Equatable, Sendable {
    /// What is wrong, and the remedy.
    public var reason: String
  }

  private enum Part: Sendable, Equatable {
    /// A letter, and how many digits it takes: 1 for one or two.
    case digits(UInt8, Int)
    case text([UInt8])
  }

  private var parts: [Part] = []

  /// Reads a pattern.
  public init(_ pattern: String) throws(Problem) {
    var rest = Array(pattern.utf8)[...]
    while let letter = rest.first {
      if letter == Self.apostrophe {
        parts.append(.text(try Self.quoted(&rest)))
        continue
      }
      guard Self.isLetter(letter), letter != UInt8(ascii: "T") else {
        parts.append(.text([letter]))
        rest = rest.dropFirst()
        continue
      }
      let run = rest.prefix { $0 == letter }
      let name = String(decoding: run, as: UTF8.self)
      guard Self.names.contains(name) else {
        throw Problem(
          reason:
            "has `\(name)`, which is not one of \(Self.names.joined(separator: ", ")); put text that "
            + "is literal in apostrophes, and omit `format` for times with an offset")
      }
      guard !parts.contains(where: { if case .digits(letter, _) = $0 { true } else { false } })
      else {
        throw Problem(reason: "has `\(name)` twice")
      }
      parts.append(.digits(letter, run.count))
      rest = rest.dropFirst(run.count)
    }
    for name in ["yyyy", "MM", "dd"] {
      let letter = Array(name.utf8)[0]
      guard parts.contains(where: { if case .digits(letter, _) = $0 { true } else { false } })
      else {
        throw Problem(reason: "has no `\(name)`")
      }
    }
  }

  private static let names = [
    "yyyy", "MM", "M", "dd", "d", "HH", "H", "mm", "m", "ss", "s", "SSS",
  ]
  private static let apostrophe = UInt8(ascii: "'")

  private static func isLetter(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte | 0x20) }

  /// Takes a text in apostrophes.
  private static func quoted(_ rest: inout ArraySlice<UInt8>) throws(Problem) -> [UInt8] {
    var text: [UInt8] = []
    rest = rest.dropFirst()
    while let byte = rest.popFirst() {
      guard byte == apostrophe else {
        text.append(byte)
        continue
      }
      guard rest.first == apostrophe else { return text.isEmpty ? [apostrophe] : text }
      text.append(apostrophe)
      rest = rest.dropFirst()
    }
    throw Problem(
      reason: "has an unpaired apostrophe; write two for a literal one")
  }

  /// Reads a text by the pattern: the parts go into an RFC 3339 text, which is read as such.
  func read(_ text: RawSpan) -> Timestamp? {
    var fields: [UInt8: [UInt8]] = [
      UInt8(ascii: "H"): [0x30, 0x30], UInt8(ascii: "m"): [0x30, 0x30],
      UInt8(ascii: "s"): [0x30, 0x30], UInt8(ascii: "S"): [0x30, 0x30, 0x30],
    ]
    var index = 0
    for part in parts {
      switch part {
      case .text(let literal):
        guard index + literal.count <= text.byteCount,
          text.extracting(index..<(index + literal.count)).elementsEqual(literal.span.bytes)
        else { return nil }
        index += literal.count
      case .digits(let letter, let count):
        guard let digits = Self.digits(text, &index, count) else { return nil }
        fields[letter] = digits
      }
    }
    guard index == text.byteCount, let year = fields[UInt8(ascii: "y")],
      let month = fields[UInt8(ascii: "M")], let day = fields[UInt8(ascii: "d")],
      let hour = fields[UInt8(ascii: "H")], let minute = fields[UInt8(ascii: "m")],
      let second = fields[UInt8(ascii: "s")], let fraction = fields[UInt8(ascii: "S")]
    else { return nil }
    let date = year + [0x2D] + month + [0x2D] + day + [0x54]
    let time = hour + [0x3A] + minute + [0x3A] + second + [0x2E] + fraction + [0x5A]
    let whole = date + time
    return Timestamp(whole.span.bytes)
  }

  /// Takes so many digits, or for 1 one or two; nil if there are others.
  private static func digits(_ text: RawSpan, _ index: inout Int, _ count: Int) -> [UInt8]? {
    var digits: [UInt8] = []
    while index < text.byteCount, digits.count < max(count, 2),
      (0x30...0x39).contains(text[index])
    {
      digits.append(text[index])
      index += 1
    }
    guard digits.count == count || count == 1 && digits.count == 2 else { return nil }
    return digits.count == 1 ? [0x30] + digits : digits
  }
}
