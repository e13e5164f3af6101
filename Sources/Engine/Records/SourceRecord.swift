// A source as an input: duplicates are judged per source, so its number is part of every event.

import Bytes

/// A source of events.
///
/// Encoding: the number as a varint, then the name's UTF-8 to the end of the payload.
public struct SourceRecord: Equatable, Sendable {
  /// The number that records carry.
  public var id: SourceID
  /// The name that people use.
  public var name: String

  /// Names a source.
  public init(id: SourceID, name: String) {
    self.id = id
    self.name = name
  }

  /// Whether both are the same bytes, as in the log.
  public static func == (a: Self, b: Self) -> Bool {
    a.id == b.id && a.name.hasSameBytes(as: b.name)
  }

  init(_ payload: RawSpan) throws(DecodeError) {
    var reader = ByteReader(payload)
    id = SourceID(try reader.varint32())
    name = try reader.bytes(reader.remaining).toString()
  }

  func encode() -> [UInt8] {
    var writer = ByteWriter()
    writer.varint(UInt64(id.value))
    writer.append(Array(name.utf8))
    return writer.bytes
  }
}
