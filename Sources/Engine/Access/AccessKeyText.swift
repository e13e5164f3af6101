// Keys as their holders have them.

import CCrypto

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
