// Access keys as inputs: making one and revoking one is recorded.

import Bytes
import CCrypto

/// An access key is made or revoked.
///
/// Encoding: action u8 (1 made, 2 revoked); the name, length-prefixed; for a key that is made its scope and its
/// SHA-256 hash, 32 bytes, and the instant at which it was made by the machine's clock, as zigzag.
package struct AccessKeyRecord: Equatable, Sendable {
  /// The part of the key that names it.
  var name: String
  /// What was made; nil for a key that is revoked.
  var made: Made?

  /// A key without its name.
  struct Made: Equatable, Sendable {
    var scope: AccessKey.Scope
    var hash: [UInt8]
    /// By the machine's clock: logical time may stand still.
    var at: Timestamp
  }

  init(revoking name: String) { self.name = name }

  init(_ key: AccessKeyText, _ scope: AccessKey.Scope, at instant: Timestamp) {
    name = key.name
    made = Made(scope: scope, hash: AccessKeyText.hash(key.text), at: instant)
  }

  init(_ payload: RawSpan) throws(DecodeError) {
    var reader = ByteReader(payload)
    let action = try reader.u8()
    guard action == 1 || action == 2 else { throw reader.invalid() }
    name = try reader.lengthPrefixed().toString()
    if action == 1 {
      made = Made(
        scope: try AccessKey.Scope(&reader),
        hash: try reader.bytes(Int(SHA256_DIGEST_LENGTH)).toArray(),
        at: Timestamp(milliseconds: try reader.zigzag()))
    }
    try reader.expectEnd()
  }

  func encode() -> [UInt8] {
    var writer = ByteWriter()
    writer.u8(made == nil ? 2 : 1)
    writer.lengthPrefixed(name)
    if let made {
      made.scope.encode(into: &writer)
      writer.append(made.hash)
      writer.zigzag(made.at.milliseconds)
    }
    return writer.bytes
  }
}

extension Scalars {
  /// Folds a key that is made or revoked.
  mutating func fold(_ record: AccessKeyRecord) {
    accessKeys.removeAll { $0.name == record.name }
    guard let made = record.made else { return }
    accessKeys.append(
      AccessKey(name: record.name, scope: made.scope, hash: made.hash, madeAt: made.at))
  }
}
