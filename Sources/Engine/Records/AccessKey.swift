// Keys that let others than the owner of a store use it: a write key collects events for one source, a read key asks.

import Bytes
import CCrypto

/// A key that is in force.
///
/// The key itself is not kept, only its hash.
public struct AccessKey: Equatable, Sendable {
  /// What a key allows.
  public enum Scope: Equatable, Sendable {
    /// Collecting events for a source.
    case write(SourceID)
    /// Asking for profiles, traits and audiences.
    case read
  }

  /// The part of the key that names it, eight letters and digits; it is not secret.
  public var name: String
  /// What it allows.
  public var scope: Scope
  /// The SHA-256 hash of the whole key, 32 bytes.
  package var hash: [UInt8]
  /// When it was made.
  public var madeAt: Timestamp

  package init(name: String, scope: Scope, hash: [UInt8], madeAt: Timestamp) {
    self.name = name
    self.scope = scope
    self.hash = hash
    self.madeAt = madeAt
  }

  /// Encoding: name, length-prefixed; scope u8 (1 write, 2 read); the source as a varint, 0 for none; the hash;
  /// the instant as zigzag.
  init(decoding bytes: RawSpan) throws(DecodeError) {
    var reader = ByteReader(bytes)
    name = try reader.lengthPrefixed().toString()
    scope = try Scope(&reader)
    hash = try reader.bytes(Int(SHA256_DIGEST_LENGTH)).toArray()
    madeAt = Timestamp(milliseconds: try reader.zigzag())
    try reader.expectEnd()
  }

  func encode() -> [UInt8] {
    var writer = ByteWriter()
    writer.lengthPrefixed(name)
    scope.encode(into: &writer)
    writer.append(hash)
    writer.zigzag(madeAt.milliseconds)
    return writer.bytes
  }
}

extension AccessKey.Scope {
  private static let writeCode: UInt8 = 1
  private static let readCode: UInt8 = 2

  init(_ reader: inout ByteReader) throws(DecodeError) {
    let code = try reader.u8()
    let source = SourceID(try reader.varint32())
    switch code {
    case Self.writeCode: self = .write(source)
    case Self.readCode: self = .read
    default: throw reader.invalid()
    }
  }

  func encode(into writer: inout ByteWriter) {
    switch self {
    case .write(let source):
      writer.u8(Self.writeCode)
      writer.varint(UInt64(source.value))
    case .read:
      writer.u8(Self.readCode)
      writer.varint(0)
    }
  }
}
