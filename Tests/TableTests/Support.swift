// Shared by the tests of tables: seeded randomness, a map to compare with, and short names.

import Bytes
import Storage

/// A small seeded generator, so that a failure repeats from its printed seed.
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64
  init(_ seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    return HashSeed.mix(state)
  }

  mutating func bytes(upTo limit: Int) -> [UInt8] {
    let count = Int.random(in: 0...limit, using: &self)
    return (0..<count).map { _ in UInt8.random(in: 0...255, using: &self) }
  }

  /// Mostly small values, now and then one of many kilobytes.
  mutating func value() -> [UInt8] {
    switch Int.random(in: 0..<40, using: &self) {
    case 0: bytes(upTo: 9000)
    case 1...4: bytes(upTo: 300)
    default: bytes(upTo: 24)
    }
  }
}

extension Table {
  func value(_ key: TableKey) throws(StoreError) -> [UInt8]? {
    try withValue(key) { (span) throws(StoreError) in span.toArray() }
  }

  func contents() throws(StoreError) -> [TableKey: [UInt8]] {
    var result: [TableKey: [UInt8]] = [:]
    try forEach { (key, span) throws(StoreError) in
      if result.updateValue(span.toArray(), forKey: key) != nil {
        throw StoreError(.corrupt, "a key was visited twice")
      }
    }
    return result
  }
}

extension TableSnapshot {
  func value(_ key: TableKey) throws(StoreError) -> [UInt8]? {
    try withValue(key) { (span) throws(StoreError) in span.toArray() }
  }

  func contents() throws(StoreError) -> [TableKey: [UInt8]] {
    var result: [TableKey: [UInt8]] = [:]
    try forEach { (key, span) throws(StoreError) in
      if result.updateValue(span.toArray(), forKey: key) != nil {
        throw StoreError(.corrupt, "a key was visited twice")
      }
    }
    return result
  }
}
