// The wrapper of simdjson. Its pointers, which are needed to call C, end at spans that borrow the scanner.

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
  /// The text, of which `readable` bytes can be read: the padding after it too, which simdjson reads but does not
  /// use.
  private var memory: UnsafeRawPointer?
  private var readable = 0
  private(set) var count = 0
  /// Memory for texts that have to be copied.
  private var copy = UnsafeMutableRawBufferPointer(start: nil, count: 0)
  private var found: UnsafePointer<UInt32>?
  private var foundCount = 0

  init() {
    guard let scanner = cairn_json_scanner_create() else {
      // A few bytes at the start of a worker: without them nothing else would work either.
      preconditionFailure("no memory for a JSON scanner")
    }
    self.scanner = scanner
  }

  deinit {
    cairn_json_scanner_destroy(scanner)
    copy.deallocate()
  }

  /// Takes a copy of the text to scan, with room for simdjson to read beyond its end.
  mutating func load(_ text: RawSpan) { unsafe load(text, 0..<text.byteCount) }

  /// Takes a part of an input to scan: where it lies, if there is enough of the input after it, else a copy.
  ///
  /// Unsafe, because the input has to stay where it is until `unload` or the next `load`.
  @unsafe
  mutating func load(_ input: RawSpan, _ range: Range<Int>) {
    unload()
    let padding = Int(cairn_json_padding())
    let part = input.extracting(range)
    count = part.byteCount
    guard count > 0 else { return }
    part.withUnsafeBytes { bytes in
      let after = input.byteCount - range.upperBound
      if after >= padding {
        memory = bytes.baseAddress
        readable = count + padding
        return
      }
      if copy.count < count + padding {
        copy.deallocate()
        copy = .allocate(byteCount: count + padding, alignment: 64)
        copy.initializeMemory(as: UInt8.self, repeating: 0x20)
      }
      copy.copyMemory(from: bytes)
      memory = UnsafeRawPointer(copy.baseAddress)
      readable = count + padding
    }
  }

  /// Forgets the text.
  mutating func unload() {
    memory = nil
    readable = 0
    count = 0
    found = nil
    foundCount = 0
  }

  /// The loaded text.
  var text: RawSpan {
    @_lifetime(borrow self)
    get { padded.extracting(0..<count) }
  }

  /// The loaded text and the padding after it.
  var padded: RawSpan {
    @_lifetime(borrow self)
    get {
      guard let memory else { return RawSpan() }
      let span = RawSpan(_unsafeStart: memory, byteCount: readable)
      return _overrideLifetime(span, borrowing: self)
    }
  }

  /// Scans a part of the loaded text; positions then count from the part's start.
  mutating func scan(_ range: Range<Int>) -> Result {
    precondition(range.lowerBound >= 0 && range.upperBound <= count, "range outside the text")
    var positions: UnsafePointer<UInt32>?
    var positionCount = 0
    // The range is inside the text, and the padding follows it.
    let start = memory.map { $0.assumingMemoryBound(to: UInt8.self) + range.lowerBound }
    let result = cairn_json_scan(scanner, start, range.count, &positions, &positionCount)
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
