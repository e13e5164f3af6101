// What the columns of a table mean. Values only: the file that people write is read further up.

import Bytes

/// How the rows of a table become events.
public struct CSVMapping: Sendable, Equatable {
  /// Where a member of the event comes from.
  public enum Source: Sendable, Equatable {
    /// The column with this name in the header.
    case column(String)
    /// The column of this number, from 1.
    case number(Int)
    /// The same for every row: a JSON value.
    case constant([UInt8])
  }

  /// What a cell is read as.
  public indirect enum Kind: Sendable, Equatable {
    /// A string, as it stands.
    case text
    /// A number, its digits perhaps in groups of three; the character that stands for the decimal
    /// point, nil for a full stop where commas are not known to separate groups.
    case number(point: UInt8?)
    /// `true`, `yes`, `y`, `1` or `false`, `no`, `n`, `0`, in any case.
    case boolean
    /// An instant.
    case date(CSVDate)
    /// A list; what separates its elements, and what they are.
    case list(separator: UInt8, of: Kind)
    /// One JSON value, as it stands.
    case json
  }

  /// What becomes of an empty cell.
  public enum Empty: Sendable {
    /// The member is left out.
    case absent
    /// The member is null, which unsets a trait.
    case null
    /// The member is an empty string, if it is a text; otherwise it is left out.
    case text
  }

  /// One member of the events.
  public struct Target: Sendable, Equatable {
    /// Its path from the top of the event.
    public var path: [String]
    /// Where it comes from.
    public var source: Source
    /// What its cells are read as.
    public var kind: Kind

    /// Makes a target.
    public init(path: [String], source: Source, kind: Kind = .text) {
      self.path = path
      self.source = source
      self.kind = kind
    }
  }

  /// What separates cells.
  public var separator: UInt8 = UInt8(ascii: ",")
  /// Whether the first row has the names of the columns.
  public var hasHeader = true
  /// What becomes of an empty cell.
  public var empty = Empty.absent
  /// The members of the events, in the order they are written.
  public var targets: [Target] = []

  /// Makes a mapping of nothing.
  public init() {}

  /// Whether a text is a number of JSON.
  public static func isNumber(_ text: String) -> Bool {
    let bytes = Array(text.utf8)
    return JSONNumber(bytes.span.bytes, 0..<bytes.count) != nil
  }
}

/// How an instant is written in a cell.
public enum CSVDate: Sendable, Equatable {
  /// RFC 3339 and the other forms that are read in events; how far a time is from UTC that does not say so,
  /// in milliseconds.
  case sent(offset: Milliseconds)
  /// Seconds since 1970.
  case seconds
  /// Milliseconds since 1970.
  case milliseconds
  /// By a pattern of `yyyy`, `MM`, `M`, `dd`, `d`, `HH`, `H`, `mm`, `ss`, `SSS` and other
  /// characters that stand for themselves, at an offset from UTC in milliseconds.
  case pattern([UInt8], offset: Milliseconds)

  /// Reads a cell; nil if it is not written so.
  func read(_ text: RawSpan) -> Timestamp? {
    let instant: Timestamp?
    switch self {
    case .sent(let offset): instant = Timestamp(sent: text, offset: offset)
    case .seconds: instant = Self.integer(text).flatMap { Self.instant($0, 1000) }
    case .milliseconds: instant = Self.integer(text).flatMap { Self.instant($0, 1) }
    case .pattern(let pattern, let offset): instant = Self.read(text, pattern).map { $0 - offset }
    }
    guard let instant, instant >= .earliest, instant <= .latest else { return nil }
    return instant
  }

  private static func integer(_ text: RawSpan) -> Int64? {
    guard case .integer(let value) = JSONNumber(text, 0..<text.byteCount) else { return nil }
    return value
  }

  private static func instant(_ value: Int64, _ unit: Int64) -> Timestamp? {
    let (product, overflow) = value.multipliedReportingOverflow(by: unit)
    return overflow ? nil : Timestamp(milliseconds: product)
  }

  /// Reads a text by a pattern: the parts go into an RFC 3339 text, which is read as such.
  private static func read(_ text: RawSpan, _ pattern: [UInt8]) -> Timestamp? {
    var parts: [UInt8: [UInt8]] = [
      UInt8(ascii: "H"): [0x30, 0x30], UInt8(ascii: "m"): [0x30, 0x30],
      UInt8(ascii: "s"): [0x30, 0x30], UInt8(ascii: "S"): [0x30, 0x30, 0x30],
    ]
    var index = 0
    var place = 0
    while place < pattern.count {
      let letter = pattern[place]
      var run = 1
      while place + run < pattern.count, pattern[place + run] == letter { run += 1 }
      guard Self.width(letter) != nil else {
        guard index < text.byteCount, text[index] == letter else { return nil }
        index += 1
        place += 1
        continue
      }
      place += run
      var digits: [UInt8] = []
      // A single letter takes one digit or two.
      while index < text.byteCount, digits.count < max(run, 2), Self.isDigit(text[index]) {
        digits.append(text[index])
        index += 1
      }
      guard digits.count == run || run == 1 && digits.count == 2 else { return nil }
      if run == 1, digits.count == 1 { digits.insert(0x30, at: 0) }
      parts[letter] = digits
    }
    guard index == text.byteCount, let year = parts[UInt8(ascii: "y")],
      let month = parts[UInt8(ascii: "M")], let day = parts[UInt8(ascii: "d")],
      let hour = parts[UInt8(ascii: "H")], let minute = parts[UInt8(ascii: "m")],
      let second = parts[UInt8(ascii: "s")], let fraction = parts[UInt8(ascii: "S")]
    else { return nil }
    let date = year + [0x2D] + month + [0x2D] + day + [0x54]
    let time = hour + [0x3A] + minute + [0x3A] + second + [0x2E] + fraction + [0x5A]
    let whole = date + time
    return Timestamp(whole.span.bytes)
  }

  /// The longest run of a letter that has a meaning; nil for other characters.
  private static func width(_ letter: UInt8) -> Int? {
    switch letter {
    case UInt8(ascii: "y"): 4
    case UInt8(ascii: "M"), UInt8(ascii: "d"), UInt8(ascii: "H"): 2
    case UInt8(ascii: "m"), UInt8(ascii: "s"): 2
    case UInt8(ascii: "S"): 3
    default: nil
    }
  }

  private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

  /// Whether a pattern says year, month and day, and each part in a length that is known.
  public static func isPattern(_ pattern: [UInt8]) -> Bool {
    var runs: [UInt8: Int] = [:]
    var place = 0
    while place < pattern.count {
      let letter = pattern[place]
      var run = 1
      while place + run < pattern.count, pattern[place + run] == letter { run += 1 }
      place += run
      guard let width = width(letter) else { continue }
      let isShort = run == 1 && letter != UInt8(ascii: "y") && letter != UInt8(ascii: "S")
      guard runs[letter] == nil, run == width || isShort else { return false }
      runs[letter] = run
    }
    return ["y", "M", "d"].allSatisfy { runs[UInt8(ascii: $0)] != nil }
  }
}
