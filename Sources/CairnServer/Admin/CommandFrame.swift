// The answer to a reading command: what it writes, in the order in which it writes it, as frames in one body.

/// A part of what a command writes, or its end.
///
/// In bytes: the kind, the length in four bytes, the lowest first, and the bytes.
package struct CommandFrame: Sendable, Equatable {
  /// What the bytes are.
  package enum Kind: UInt8, Sendable {
    /// Data, for the file that the client has opened.
    case data = 1
    /// Standard output.
    case output = 2
    /// Standard error.
    case errors = 3
    /// The data are complete; no bytes.
    case dataEnd = 4
    /// A `CommandEnding` as JSON; the last frame.
    case ending = 5
  }

  package var kind: Kind
  package var bytes: [UInt8]

  package init(_ kind: Kind, _ bytes: [UInt8]) {
    self.kind = kind
    self.bytes = bytes
  }

  /// The bytes before those of the frame.
  package static let headBytes = 5
  /// The most bytes of a frame.
  package static let bytesMax = 64 << 10

  /// The kind and the length, from the first bytes of a frame; nil if they are not of one.
  package static func head(_ bytes: some Collection<UInt8>) -> (kind: Kind, byteCount: Int)? {
    guard bytes.count == headBytes, let first = bytes.first, let kind = Kind(rawValue: first) else {
      return nil
    }
    let byteCount = bytes.dropFirst().reversed().reduce(0) { $0 << 8 | Int($1) }
    return byteCount <= bytesMax ? (kind, byteCount) : nil
  }

  /// The bytes of the head.
  var head: [UInt8] { [kind.rawValue] + (0..<4).map { UInt8(bytes.count >> (8 * $0) & 0xFF) } }
}
