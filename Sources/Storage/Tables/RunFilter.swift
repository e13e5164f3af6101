// The filter of a table run: says "certainly not here" for 99 of 100 absent keys without a block read.
// Ordered by hash like the run itself, so that it is written in one pass with one page in memory and
// a lookup touches one page of it.

import Bytes

/// A split-block Bloom filter with eight bits per key, each in another 32-bit word of one bucket.
///
/// About 1 % of absent keys pass. Source: Apache Parquet, BloomFilter.md, after Putze, Sanders and
/// Singler: Cache-, Hash- and Space-Efficient Bloom Filters, 2007. The bucket follows from the upper
/// bits of the order hash (ours), the bits within it from a second mix.
enum RunFilter {
  static let bucketBytes = 32
  static let bucketsPerPage = (RunFormat.pageBytes - RunFormat.frameBytes) / bucketBytes
  /// 10.7 bits per key.
  static let keysPerBucket = 24

  private static let salts: (UInt32, UInt32, UInt32, UInt32, UInt32, UInt32, UInt32, UInt32) = (
    0x47B6_137B, 0x4497_4D91, 0x8824_AD5B, 0xA2B7_289D, 0x7054_95C7, 0x2DF1_424B, 0x9EFC_4947,
    0x5C6B_FB31
  )

  static func pageCount(keys: Int) -> Int {
    max(1, (keys + keysPerBucket * bucketsPerPage - 1) / (keysPerBucket * bucketsPerPage))
  }

  @inline(__always)
  static func bucket(_ hash: UInt64, pages: Int) -> Int {
    // The upper half of a product with a number below 2^63 is below that number.
    Int(truncatingIfNeeded: hash.multipliedFullWidth(by: UInt64(pages * bucketsPerPage)).high)
  }

  /// What the bits of a hash follow from.
  @inline(__always)
  static func key(_ hash: UInt64) -> UInt32 {
    UInt32(truncatingIfNeeded: HashSeed.mix(hash ^ 0xC2B2_AE3D_27D4_EB4F))
  }

  /// Whether a bucket has all bits of a key; most that have not lack the first or the second.
  @inline(__always)
  static func has(_ key: UInt32, in bucket: UnsafeRawPointer) -> Bool {
    func hasBit(_ word: Int, _ salt: UInt32) -> Bool {
      let bits = UInt32(
        littleEndian: bucket.loadUnaligned(fromByteOffset: 4 * word, as: UInt32.self))
      return bits &>> ((salt &* key) &>> 27) & 1 != 0
    }
    return hasBit(0, salts.0) && hasBit(1, salts.1) && hasBit(2, salts.2) && hasBit(3, salts.3)
      && hasBit(4, salts.4) && hasBit(5, salts.5) && hasBit(6, salts.6) && hasBit(7, salts.7)
  }

  /// The bit of each of the eight words.
  @inline(__always)
  static func mask(_ hash: UInt64) -> SIMD8<UInt32> {
    let key = key(hash)
    let salt = SIMD8<UInt32>(
      salts.0, salts.1, salts.2, salts.3, salts.4, salts.5, salts.6, salts.7)
    return SIMD8<UInt32>(repeating: 1) &<< ((salt &* key) &>> 27)
  }
}
