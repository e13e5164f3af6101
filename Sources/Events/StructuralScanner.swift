// The wrapper of simdjson, and the only file of this module with unsafe pointers: they are needed
// to call C, and end at spans that borrow the scanner.

import Bytes
import CSimdJSON
import Glibc

/// Finds where the tokens of JSON text begin, many lines at a time.
struct StructuralScanner: ~Copyable {
  /// What scanning came to.
  enum Result {
    case ok
    case empty
    /// Not UTF-8, or a string that does not end or holds a control character.
    case invalid
  }

  private let scanner: OpaquePointer
  /// The text, followed by the padding that simdjson reads but does not use.
  private var buffer: [UInt8] = []
  private(set) var count = 0
  private var found: UnsafePointer<UInt32>?
  private var foundCount = 0

  init() {
    guard let scanner = cairn_json_scanner_create() else {
      // A few bytes at the start of a worker: without them nothing else would work either.
      preconditionFailure("no memory for a JSON scanner")
    }
    self.scanner = scanner
  }

  deinit { cairn_json_scanner_destroy(scanner) }

  /// Takes a copy of the text to scan, with room for simdjson to read beyond its end.
  mutating func load(_ text: RawSpan) {
    let padded = text.byteCount + Int(cairn_json_padding())
    if buffer.count < padded {
      buffer = [UInt8](repeating: 0x20, count: padded)
    }
    count = text.byteCount
    found = nil
    foundCount = 0
    guard count > 0 else { return }
    buffer.withUnsafeMutableBytes { target in
      text.withUnsafeBytes { source in
        target.copyMemory(from: source)
      }
    }
  }

  /// The loaded text.
  var text: RawSpan {
    @_lifetime(borrow self)
    get { buffer.span.bytes.extracting(0..<count) }
  }

  /// The loaded text and the padding after it.
  var padded: RawSpan {
    @_lifetime(borrow self)
    get { buffer.span.bytes }
  }

  /// Scans a part of the loaded text; positions then count from the part's start.
  mutating func scan(_ range: Range<Int>) -> Result {
    precondition(range.lowerBound >= 0 && range.upperBound <= count, "range outside the text")
    var positions: UnsafePointer<UInt32>?
    var positionCount = 0
    let result = buffer.withUnsafeBufferPointer { bytes in
      // The range is inside the text, and the padding follows it.
      cairn_json_scan(
        scanner, bytes.baseAddress.map { $0 + range.lowerBound }, range.count, &positions,
        &positionCount)
    }
    found = positions
    foundCount = positionCount
    return switch result {
    case CAIRN_JSON_OK: .ok
    case CAIRN_JSON_EMPTY: .empty
    case CAIRN_JSON_NO_MEMORY:
      // As anywhere in Swift. The amount is bounded by the limits, whatever the bytes are.
      preconditionFailure("no memory to scan JSON")
    default: .invalid
    }
  }

  /// The positions that the last scan found, ascending.
  var positions: Span<UInt32> {
    @_lifetime(borrow self)
    get {
      guard let found else { return Span() }
      // The positions live in the scanner until its next scan, which needs exclusive access.
      let span = unsafe Span(_unsafeStart: found, count: foundCount)
      return unsafe _overrideLifetime(span, borrowing: self)
    }
  }
}

/// Searches for single bytes at memory speed.
enum ByteSearch {
  /// The first `byte` at or after `start`; nil if there is none.
  static func first(_ byte: UInt8, in span: RawSpan, from start: Int, to end: Int) -> Int? {
    let part = span.extracting(start..<end)
    return part.withUnsafeBytes { bytes in
      guard let base = bytes.baseAddress,
        let hit = memchr(base, Int32(byte), bytes.count)
      else { return nil }
      return start + base.distance(to: UnsafeRawPointer(hit))
    }
  }

  /// How often `byte` occurs.
  static func count(_ byte: UInt8, in span: RawSpan) -> Int {
    var count = 0
    var start = 0
    while let hit = first(byte, in: span, from: start, to: span.byteCount) {
      count += 1
      start = hit + 1
    }
    return count
  }

  /// The last `byte` before `end`, at or after `start`; nil if there is none.
  static func last(_ byte: UInt8, in span: RawSpan, from start: Int, to end: Int) -> Int? {
    var index = end
    while index > start {
      index -= 1
      if span[index] == byte { return index }
    }
    return nil
  }
}
