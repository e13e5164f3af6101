// The SHA-256 of a file while it is written.

import CCrypto

/// A SHA-256 over bytes that come piece by piece.
package final class FileDigest {
  private let context: OpaquePointer?

  /// Over nothing so far.
  package init() {
    context = EVP_MD_CTX_new()
    EVP_DigestInit_ex(context, EVP_sha256(), nil)
  }

  deinit { EVP_MD_CTX_free(context) }

  /// Adds bytes.
  package func add(_ bytes: [UInt8]) { EVP_DigestUpdate(context, bytes, bytes.count) }

  /// The digest in lowercase hexadecimal digits; nothing can be added after it.
  package func finish() -> String {
    let digest = [UInt8](unsafeUninitializedCapacity: Int(SHA256_DIGEST_LENGTH)) { digest, count in
      var length = UInt32(0)
      EVP_DigestFinal_ex(context, digest.baseAddress, &length)
      count = Int(length)
    }
    return digest.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }
}
