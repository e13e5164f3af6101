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
