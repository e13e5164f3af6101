// SHA-256 as ad platforms take it. What is hashed already must not be hashed again, and an empty text
// has no hash: its digest is the same for everybody and would match everybody.

import CCrypto

/// The digests that ad platforms match people by.
public enum HashedText {
  /// The lowercase hexadecimal SHA-256 of a text's UTF-8; nil for an empty text.
  ///
  /// A text that is a digest already, 64 hexadecimal digits, is returned in lower case.
  public static func of(_ text: String) -> String? {
    if text.isEmpty { return nil }
    if let digest = existing(text) { return digest }
    let digits = Array("0123456789abcdef".utf8)
    var result: [UInt8] = []
    result.reserveCapacity(64)
    for byte in sha256(Array(text.utf8)) {
      result.append(digits[Int(byte >> 4)])
      result.append(digits[Int(byte & 0xF)])
    }
    return String(decoding: result, as: UTF8.self)
  }

  private static func sha256(_ bytes: [UInt8]) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: Int(SHA256_DIGEST_LENGTH)) { digest, count in
      _ = SHA256(bytes, bytes.count, digest.baseAddress)
      count = Int(SHA256_DIGEST_LENGTH)
    }
  }

  /// The text in lower case if it is a digest already, nil otherwise; white space around it is skipped.
  public static func existing(_ text: String) -> String? {
    let trimmed = text.trimmed
    guard trimmed.utf8.count == 64, trimmed.utf8.allSatisfy(isHexadecimal) else { return nil }
    return trimmed.lowercased()
  }

  private static func isHexadecimal(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x46, 0x61...0x66: true
    default: false
    }
  }
}
