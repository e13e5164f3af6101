// Hashing. Plain XXH3-64 is the checksum of every file format; the keyed 128-bit form, whose secret
// each store draws for itself, hashes what strangers choose (identifiers, message ids).

import CXXHash

/// A 128-bit hash.
public struct Hash128: Hashable, Sendable, BitwiseCopyable {
  /// The upper 64 bits.
  public var high: UInt64
  /// The lower 64 bits.
  public var low: UInt64

  /// Makes a hash from its halves.
  public init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }
}

/// The checksum of file formats: XXH3-64 with seed 0.
///
/// Source: https://github.com/Cyan4973/xxHash, doc/xxhash_spec.md.
public enum Checksum {
  /// Computes the checksum of `span`.
  ///
  /// Complexity: O(n), above 10 GB/s.
  public static func of(_ span: RawSpan) -> UInt64 {
    span.withUnsafeBytes { cairn_checksum($0.baseAddress, $0.count) }
  }
}

/// The secret of one store, from which its keyed hashes follow.
///
/// Identifiers and message ids are chosen by strangers. With a known hash function they could choose
/// values that collide; with a secret they cannot.
public struct HashSeed: Sendable, Equatable {
  /// The size of a seed in bytes.
  public static let byteCount = 32

  /// The 32 secret bytes.
  public let bytes: [UInt8]
  private let secret: [UInt8]

  /// Derives the hash secret from 32 random bytes; any other count traps.
  public init(_ bytes: [UInt8]) {
    precondition(bytes.count == Self.byteCount, "a hash seed has 32 bytes")
    self.bytes = bytes
    // XXH3 wants a secret of at least 136 high-entropy bytes: twelve 128-bit hashes of the seed.
    var secret: [UInt8] = []
    for round in UInt8(0)..<12 {
      var block = bytes
      block.append(round)
      let hash = block.withUnsafeBytes { XXH3_128bits($0.baseAddress, $0.count) }
      withUnsafeBytes(of: hash.low64.littleEndian) { secret.append(contentsOf: $0) }
      withUnsafeBytes(of: hash.high64.littleEndian) { secret.append(contentsOf: $0) }
    }
    self.secret = secret
  }

  /// Hashes `span` under this seed.
  ///
  /// - Parameter domain: Keeps hashes of different kinds of things apart.
  public func hash(_ span: RawSpan, domain: UInt64) -> Hash128 {
    let hash = secret.withUnsafeBytes { secret in
      span.withUnsafeBytes {
        XXH3_128bits_withSecret($0.baseAddress, $0.count, secret.baseAddress, secret.count)
      }
    }
    // The domain is mixed in afterwards: cheaper than a copy of the bytes, and equally distinct.
    return Hash128(
      high: Self.mix(hash.high64 ^ domain),
      low: Self.mix(hash.low64 &+ domain &* 0x9E37_79B9_7F4A_7C15))
  }

  /// A bijective 64-bit finaliser (splitmix64).
  ///
  /// Source: Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, 2014.
  @inlinable
  public static func mix(_ value: UInt64) -> UInt64 {
    var z = value
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// The value that `mix` makes this one of.
  @inlinable
  public static func unmix(_ value: UInt64) -> UInt64 {
    var z = value
    z = (z ^ (z >> 31) ^ (z >> 62)) &* 0x3196_42B2_D24D_8EC3
    z = (z ^ (z >> 27) ^ (z >> 54)) &* 0x96DE_1B17_3F11_9089
    return z ^ (z >> 30) ^ (z >> 60)
  }
}
