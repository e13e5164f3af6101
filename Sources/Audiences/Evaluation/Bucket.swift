// Stable random buckets: the bucket of a profile depends only on its id and a text.

import Bytes

/// Distributes profiles evenly.
enum Bucket {
  /// How many buckets there are; they are numbered from 0.
  static let count: UInt64 = 10_000

  /// The bucket of a profile: XXH3-64 of the salt's bytes and the profile id's sixteen, highest byte
  /// first, modulo 10,000.
  static func of(_ profile: ProfileID, salt: [UInt8]) -> Int64 {
    var bytes = salt
    for word in [profile.bits.high, profile.bits.low] {
      for shift in stride(from: 56, through: 0, by: -8) {
        bytes.append(UInt8(truncatingIfNeeded: word >> UInt64(shift)))
      }
    }
    return Int64(Checksum.of(bytes.span.bytes) % count)
  }
}
