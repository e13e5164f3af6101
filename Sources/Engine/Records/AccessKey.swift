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

/// The text of a key, as it is shown once: `ck_`, the name, `_`, and 32 random bytes in base64url.
package struct AccessKeyText: Sendable {
  private static let prefix = "ck_"
  private static let nameCount = 8
  private static let secretBytes = 32
  private static let letters = Array("abcdefghijkmnpqrstuvwxyz23456789".utf8)
  private static let digits = Array(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

  package let text: String
  package let name: String

  /// Makes a new key of random bytes.
  package init(_ randomBytes: (Int) -> [UInt8]) {
    let random = randomBytes(Self.nameCount + Self.secretBytes)
    name = String(
      decoding: random[..<Self.nameCount].map { Self.letters[Int($0 & 31)] }, as: UTF8.self)
    text = Self.prefix + name + "_" + Self.base64(random[Self.nameCount...])
  }

  /// The name within a key that was sent; nil if it does not have the form of one.
  package static func name(in text: some StringProtocol) -> String? {
    let bytes = Array(text.utf8)
    let end = prefix.utf8.count + nameCount
    guard bytes.count > end, bytes.starts(with: prefix.utf8), bytes[end] == UInt8(ascii: "_") else {
      return nil
    }
    return String(decoding: bytes[prefix.utf8.count..<end], as: UTF8.self)
  }

  /// The hash by which a key is known.
  package static func hash(_ text: some StringProtocol) -> [UInt8] {
    let bytes = Array(text.utf8)
    return [UInt8](unsafeUninitializedCapacity: Int(SHA256_DIGEST_LENGTH)) { digest, count in
      _ = SHA256(bytes, bytes.count, digest.baseAddress)
      count = Int(SHA256_DIGEST_LENGTH)
    }
  }

  private static func base64(_ bytes: ArraySlice<UInt8>) -> String {
    var text: [UInt8] = []
    var (bits, count) = (UInt32(0), 0)
    for byte in bytes {
      bits = bits << 8 | UInt32(byte)
      count += 8
      while count >= 6 {
        count -= 6
        text.append(digits[Int(bits >> UInt32(count) & 63)])
      }
    }
    if count > 0 { text.append(digits[Int(bits << UInt32(6 - count) & 63)]) }
    return String(decoding: text, as: UTF8.self)
  }
}
