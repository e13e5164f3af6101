// The rows of the truth that the generator writes with its events.

/// The rows of a truth, one after another.
public struct TruthRows {
  /// One row.
  public struct Row {
    /// The id of the message.
    public var messageID: String
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
    let line: String? = bytes.withUnsafeBufferPointer { buffer in
      guard let end = buffer.lineEnd(from: offset) else { return nil }
      defer { offset = end + 1 }
      return String(decoding: UnsafeBufferPointer(rebasing: buffer[offset..<end]), as: UTF8.self)
    }
    guard let cells = line?.split(separator: ","), cells.count == 3,
      let number = UInt64(cells[2].replacing(".", with: ""))
    else { return nil }
    return Row(messageID: String(cells[0]), profile: number)
  }
}
