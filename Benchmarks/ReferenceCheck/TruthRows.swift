// The rows of the truth that the generator writes beside its events.

/// The rows of a truth, one after another.
public struct TruthRows {
  /// One row.
  public struct Row {
    /// The id of the message.
    public var messageID: ArraySlice<UInt8>
    /// Person and part, as one number.
    public var profile: UInt64
  }

  private var bytes: [UInt8] = []
  private var offset = 0

  /// Makes rows without any.
  public init() {}

  /// Appends whole rows, without a header.
  public mutating func append(_ rows: [UInt8]) {
    if offset == bytes.count {
      bytes = rows
      offset = 0
    } else {
      bytes += rows
    }
  }

  /// `message id, person, person.part`; nil after the last row.
  public mutating func next() -> Row? {
    guard let end = bytes[offset...].firstIndex(of: 0x0A) else { return nil }
    let cells = bytes[offset..<end].split(separator: 0x2C)
    offset = end + 1
    guard cells.count == 3 else { return nil }
    let number = cells[2].reduce(UInt64(0)) { $1 == 0x2E ? $0 : $0 &* 10 &+ UInt64($1 &- 0x30) }
    return Row(messageID: cells[0], profile: number)
  }
}
