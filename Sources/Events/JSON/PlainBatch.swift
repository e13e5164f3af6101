// Batches as clients send them: whole in memory, on one line, and with nothing unusual in the frame. Their items become
// lines, which are parsed together; anything else is left to the reader that takes values one by one.

import Bytes

/// A batch body whose frame has been read.
struct PlainBatch: ~Copyable {
  /// An item, and what is known of it.
  private struct Item {
    var start: Int
    var end: Int
    /// Whether it may have a time of sending, or has no member at all, so that it takes more than an addition at its
    /// end to complete it.
    var isSpecial: Bool
  }

  private var scanner = StructuralScanner()
  private var items: [Item] = []
  private var merger = BodyMerger()
  /// The items as lines.
  private(set) var lines: [UInt8] = []

  /// Where the items begin, in bytes from the start of the batch.
  var offsets: some Sequence<Int> { items.lazy.map(\.start) }
  /// The number of items.
  var count: Int { items.count }

  /// Reads a batch that begins with the text.
  ///
  /// - Parameters:
  ///   - text: One line.
  ///   - itemBytesMax: The length of the longest item that is kept.
  /// - Returns: Where the batch ends; nil if it is not plain.
  /// - Complexity: O(n), without decoding anything.
  mutating func read(_ text: RawSpan, itemBytesMax: Int) -> Int? {
    scanner.load(text)
    defer { scanner.unload() }
    guard scanner.scan(0..<text.byteCount) == .ok else { return nil }
    // Taken out for its memory, while the tokens are those of the scanner.
    var found: [Item] = []
    swap(&found, &items)
    found.removeAll(keepingCapacity: true)
    var members: [(BodyMember, [UInt8])] = []
    var walk = TokenWalk(text: scanner.text, positions: scanner.positions)
    let end = Self.readFrame(&walk, &found, &members, itemBytesMax: itemBytesMax)
    swap(&found, &items)
    guard let end else { return nil }
    merger.removeAll()
    for (member, text) in members { merger.add(member, text) }
    writeLines(text)
    return end
  }

  private static func readFrame(
    _ walk: inout TokenWalk, _ items: inout [Item], _ members: inout [(BodyMember, [UInt8])],
    itemBytesMax: Int
  ) -> Int? {
    guard walk.take(UInt8(ascii: "{")) else { return nil }
    var hasItems = false
    repeat {
      guard let key = walk.takeKey() else { return nil }
      let member = BodyMember(key)
      if key.elementsEqual("batch".utf8) {
        guard !hasItems, readItems(&walk, &items, itemBytesMax: itemBytesMax) else { return nil }
        hasItems = true
      } else {
        guard let value = walk.takeValue() else { return nil }
        guard let member else { continue }
        // A type may make it an event; what comes twice is a problem.
        guard member != .type, !members.contains(where: { $0.0 == member }),
          value.count <= itemBytesMax
        else { return nil }
        members.append((member, walk.text.extracting(value).toArray()))
      }
    } while walk.take(UInt8(ascii: ","))
    guard hasItems, walk.byte == UInt8(ascii: "}") else { return nil }
    return walk.start + 1
  }

  private static func readItems(
    _ walk: inout TokenWalk, _ items: inout [Item], itemBytesMax: Int
  ) -> Bool {
    guard walk.take(UInt8(ascii: "[")) else { return false }
    if walk.take(UInt8(ascii: "]")) { return true }
    repeat {
      guard walk.byte == UInt8(ascii: "{") else { return false }
      guard let (range, isSpecial) = walk.takeItem(), range.count <= itemBytesMax else {
        return false
      }
      items.append(Item(start: range.lowerBound, end: range.upperBound, isSpecial: isSpecial))
    } while walk.take(UInt8(ascii: ","))
    return walk.take(UInt8(ascii: "]"))
  }

  /// The items as they would be in a file of lines.
  private mutating func writeLines(_ text: RawSpan) {
    lines.removeAll(keepingCapacity: true)
    let addition = merger.plainAddition
    for item in items {
      let range = item.start..<item.end
      if let addition, !item.isSpecial {
        lines.append(contentsOf: text, range.lowerBound..<(range.upperBound - 1))
        lines.append(contentsOf: addition)
        lines.append(UInt8(ascii: "}"))
      } else if merger.isEmpty {
        lines.append(contentsOf: text, range)
      } else {
        lines.append(contentsOf: merger.merged(text.extracting(range).toArray()))
      }
      lines.append(0x0A)
    }
  }
}

extension [UInt8] {
  /// Appends a part of a span.
  fileprivate mutating func append(contentsOf text: RawSpan, _ range: Range<Int>) {
    text.extracting(range).withUnsafeBytes { append(contentsOf: $0) }
  }
}

/// A walk over the tokens of a value, which checks that brackets match.
private struct TokenWalk: ~Escapable {
  let text: RawSpan
  let positions: Span<UInt32>
  private var token = 0

  /// The deepest nesting that is followed.
  private static let depthMax = 60

  @_lifetime(copy text, copy positions)
  init(text: RawSpan, positions: Span<UInt32>) {
    self.text = text
    self.positions = positions
  }

  /// Where the token at hand begins; the end of the text after the last.
  var start: Int { token < positions.count ? Int(positions[token]) : text.byteCount }

  /// The first byte of the token at hand; 0 after the last.
  var byte: UInt8 { token < positions.count ? text[Int(positions[token])] : 0 }

  /// Takes a token if it is this one.
  mutating func take(_ expected: UInt8) -> Bool {
    guard byte == expected else { return false }
    token += 1
    return true
  }

  /// Takes a key and its colon; nil if there is none, or one with escapes.
  mutating func takeKey() -> [UInt8]? {
    guard byte == 0x22, let key = plainString(token) else { return nil }
    token += 1
    guard take(UInt8(ascii: ":")) else { return nil }
    return text.extracting(key).toArray()
  }

  /// Takes a value; nil if its brackets do not match.
  mutating func takeValue() -> Range<Int>? {
    let first = start
    switch byte {
    case UInt8(ascii: "{"), UInt8(ascii: "["):
      guard let end = takeNested() else { return nil }
      return first..<end
    case 0, UInt8(ascii: "}"), UInt8(ascii: "]"), UInt8(ascii: ","), UInt8(ascii: ":"):
      return nil
    default:
      token += 1
      var end = start
      while end > first, ObjectMembers.isSpace(text[end - 1]) { end -= 1 }
      return first..<end
    }
  }

  /// Takes an object, and says whether it needs a closer look: it has no member, or one that may be inherited, or is
  /// not an object of members after all.
  mutating func takeItem() -> (range: Range<Int>, isSpecial: Bool)? {
    let first = token
    guard let end = takeNested() else { return nil }
    let item = Int(positions[first])..<end
    let after = token
    defer { token = after }
    token = first + 1
    repeat {
      guard byte == 0x22, let key = plainString(token) else { return (item, true) }
      if key.count == 6, text[key.lowerBound] == UInt8(ascii: "s") { return (item, true) }
      token += 1
      guard take(UInt8(ascii: ":")), takeValue() != nil else { return (item, true) }
    } while take(UInt8(ascii: ","))
    return (item, byte != UInt8(ascii: "}") || token + 1 != after)
  }

  /// Takes an object or list to its end; nil if brackets do not match.
  private mutating func takeNested() -> Int? {
    // Which brackets are open, one bit each: 1 for an object.
    var (open, depth) = (UInt64(0), 0)
    while token < positions.count {
      let byte = text[Int(positions[token])]
      token += 1
      switch byte {
      case UInt8(ascii: "{"), UInt8(ascii: "["):
        guard depth < Self.depthMax else { return nil }
        open = open << 1 | (byte == UInt8(ascii: "{") ? 1 : 0)
        depth += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        guard open & 1 == (byte == UInt8(ascii: "}") ? 1 : 0) else { return nil }
        open >>= 1
        depth -= 1
        if depth == 0 { return Int(positions[token - 1]) + 1 }
      default: break
      }
    }
    return nil
  }

  /// Where the characters of a string are; nil if it has escapes.
  private func plainString(_ token: Int) -> Range<Int>? {
    let first = Int(positions[token]) + 1
    let limit = token + 1 < positions.count ? Int(positions[token + 1]) : text.byteCount
    var index = first
    while index < limit {
      switch text[index] {
      case 0x22: return first..<index
      case UInt8(ascii: "\\"): return nil
      default: index += 1
      }
    }
    return nil
  }
}
