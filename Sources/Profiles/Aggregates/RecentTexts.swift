// Texts that events bring again and again: a category, a source, a plan. Cells take them as arrays, and an array that
// is there already need not be made, nor freed.

import Bytes

/// Arrays of short texts that were asked for lately.
///
/// For one batch: arrays that two threads count references to at the same time cost more than they save.
public struct RecentTexts: Sendable {
  /// A text of at most 16 bytes, which head, tail and length tell from all others.
  private struct Entry {
    var head: UInt64 = 0
    var tail: UInt64 = 0
    /// Never that of an entry without a text.
    var count = -1
    var bytes: [UInt8] = []
  }

  private static let entryBits: UInt64 = 6
  private var entries = [Entry](repeating: Entry(), count: 1 << Self.entryBits)

  /// Knows none.
  public init() {}

  /// The bytes of a text.
  public mutating func array(_ text: RawSpan) -> [UInt8] {
    let count = text.byteCount
    guard count <= 16 else { return text.toArray() }
    let (head, tail) = Self.words(text)
    let mixed = (head ^ tail &<< 1 ^ UInt64(truncatingIfNeeded: count)) &* 0x9E37_79B9_7F4A_7C15
    let place = Int(truncatingIfNeeded: mixed &>> (64 &- Self.entryBits))
    if entries[place].count == count, entries[place].head == head, entries[place].tail == tail {
      return entries[place].bytes
    }
    let bytes = text.toArray()
    entries[place] = Entry(head: head, tail: tail, count: count, bytes: bytes)
    return bytes
  }

  /// Two words that, with its length, tell a text of at most 16 bytes from all others.
  private static func words(_ text: RawSpan) -> (head: UInt64, tail: UInt64) {
    let count = text.byteCount
    if count >= 8 {
      return (text.load(at: 0, as: UInt64.self), text.load(at: count - 8, as: UInt64.self))
    }
    if count >= 4 {
      return (
        UInt64(text.load(at: 0, as: UInt32.self)), UInt64(text.load(at: count - 4, as: UInt32.self))
      )
    }
    guard count > 0 else { return (0, 0) }
    return (UInt64(text[0]) | UInt64(text[count / 2]) << 8, UInt64(text[count - 1]))
  }
}
