// Texts that stand in a line as they are, which is nearly all. With a pointer, because these are looked at in every
// event, some of them eight bytes at a time.

import Bytes

/// The characters of a string token without escapes, in the text of the tokens that gave it out.
struct PlainText {
  let start: UnsafeRawPointer
  let count: Int

  /// The first eight bytes, with zeros after a shorter text.
  ///
  /// There is padding after the text of tokens, so that they can be read.
  @inline(__always)
  var head: UInt64 {
    let word = UInt64(littleEndian: start.loadUnaligned(as: UInt64.self))
    return count >= 8 ? word : word & (1 << UInt64(8 * count) &- 1)
  }

  /// The last eight bytes; those of `head` of a shorter text.
  @inline(__always)
  var tail: UInt64 {
    guard count > 8 else { return head }
    return UInt64(
      littleEndian: start.loadUnaligned(fromByteOffset: count &- 8, as: UInt64.self))
  }

  /// Gives the bytes to `body`.
  @inline(__always)
  func withBytes<R>(_ body: (RawSpan) -> R) -> R {
    body(RawSpan(_unsafeStart: start, byteCount: count))
  }
}

extension JSONTokens {
  /// Where the text begins that `rawPositions` count from, for what must not check every byte: there is padding
  /// after its end.
  var rawText: UnsafeRawPointer {
    padded.withUnsafeBytes { $0.baseAddress.unsafelyUnwrapped + base }
  }

  /// Where the tokens begin, those after `range` included.
  var rawPositions: UnsafePointer<UInt32> {
    positions.withUnsafeBufferPointer { $0.baseAddress.unsafelyUnwrapped }
  }

  /// Where the line ends, as `rawPositions` count.
  var rawEnd: Int { line.upperBound &- base }

  /// The characters of a string token; nil for another one, and for one that has to be looked at more closely.
  @inline(__always)
  func plainText(_ token: Int) -> PlainText? {
    guard !hasBackslash, token &+ 1 < range.upperBound else { return nil }
    let (start, end) = (Int(rawPositions[token]), Int(rawPositions[token &+ 1]))
    let quote = rawText + start
    guard quote.load(as: UInt8.self) == UInt8(ascii: "\""), end &- 1 > start,
      rawText.load(fromByteOffset: end &- 1, as: UInt8.self) == UInt8(ascii: "\"")
    else { return nil }
    return PlainText(start: quote + 1, count: end &- start &- 2)
  }
}
