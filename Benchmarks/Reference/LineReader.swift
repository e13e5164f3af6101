// Reads events from lines of JSON by walking over them: a key says where in the tree of wanted fields one
// is, and what is not wanted is skipped. Made to be quick without an optimizer.

import Glibc

/// Reads events one line after another.
public struct LineReader {
  private enum Target: Int {
    case messageID = 1000
    case type, event, timestamp, groupID, contextGroupID
  }

  private struct MessageID: Hashable {
    var high: UInt64
    var low: UInt64
  }

  /// Lines that repeat an earlier one, which do not count.
  public private(set) var duplicates = 0
  /// Events so far.
  public private(set) var count = 0
  /// The children of each node by the first bytes of their keys.
  private var children: [[UInt64: (key: [UInt8], node: Int)]] = [[:]]
  private var targets: [Int] = [-1]
  private var seen: Set<MessageID> = []
  private var known: [String: PlainValue] = [:]
  private var names: [String: String] = [:]
  private var values: [PlainValue?] = []
  private var texts: [String?] = []

  /// Makes a reader that has seen nothing.
  public init() {
    for (index, path) in Field.paths.enumerated() { want(path, index) }
    want("messageId", Target.messageID.rawValue)
    want("type", Target.type.rawValue)
    want("event", Target.event.rawValue)
    want("timestamp", Target.timestamp.rawValue)
    want("groupId", Target.groupID.rawValue)
    want("context.groupId", Target.contextGroupID.rawValue)
  }

  private mutating func want(_ path: String, _ target: Int) {
    var node = 0
    for part in path.split(separator: ".") {
      let key = Array(part.utf8)
      let word = key.withUnsafeBufferPointer { Self.word($0.baseAddress, key.count) }
      if let child = children[node][word] {
        node = child.node
      } else {
        children.append([:])
        targets.append(-1)
        children[node][word] = (key, children.count - 1)
        node = children.count - 1
      }
    }
    targets[node] = target
  }

  /// The length and the first and last bytes of a key: different for all keys that are wanted.
  private static func word(_ start: UnsafePointer<UInt8>?, _ count: Int) -> UInt64 {
    guard let start, count > 0 else { return 0 }
    var word = UInt64(count) << 56
    memcpy(&word, start, min(count, 6))
    return word | UInt64(start[count - 1]) << 48
  }

  /// Reads one line without its line feed; nil for a repetition.
  public mutating func read(_ line: UnsafeBufferPointer<UInt8>) -> (PlainEvent, id: String)? {
    values = [PlainValue?](repeating: nil, count: Field.paths.count)
    texts = [String?](repeating: nil, count: 6)
    guard let base = line.baseAddress else { return nil }
    var place = 0
    walk(base, &place, line.count, node: 0)
    func text(_ target: Target) -> String? { texts[target.rawValue - 1000] }
    guard let id = text(.messageID), let type = text(.type), let time = text(.timestamp) else {
      preconditionFailure("an event has a messageId, a type and a timestamp")
    }
    guard seen.insert(Self.number(id)).inserted else {
      duplicates += 1
      return nil
    }
    let event = PlainEvent(
      time: Instant.read(time), order: count, type: once(type), name: once(text(.event) ?? ""),
      account: (type == "group" ? text(.groupID) : text(.contextGroupID)).map { once($0) },
      values: values)
    count += 1
    return (event, id)
  }

  private mutating func once(_ text: String) -> String {
    if let known = names[text] { return known }
    names[text] = text
    return text
  }

  private static func number(_ id: String) -> MessageID {
    let digits = id.replacing("-", with: "")
    guard digits.utf8.count == 32, let high = UInt64(digits.prefix(16), radix: 16),
      let low = UInt64(digits.suffix(16), radix: 16)
    else { preconditionFailure("a message id is a UUID") }
    return MessageID(high: high, low: low)
  }

  /// Walks over an object that begins at `place`.
  private mutating func walk(
    _ base: UnsafePointer<UInt8>, _ place: inout Int, _ end: Int, node: Int
  ) {
    place += 1
    while place < end, base[place] != 0x7D {
      if base[place] == 0x2C { place += 1 }
      let key = place + 1
      let keyEnd = Self.endOfString(base, key, end)
      place = keyEnd + 2
      var child = -1
      if node >= 0, let found = children[node][Self.word(base + key, keyEnd - key)],
        found.key.count == keyEnd - key, memcmp(found.key, base + key, keyEnd - key) == 0
      {
        child = found.node
      }
      if base[place] == 0x7B {
        walk(base, &place, end, node: child)
        continue
      }
      let start = place
      switch base[place] {
      case 0x22: place = Self.endOfString(base, place + 1, end) + 1
      case 0x5B: while base[place - 1] != 0x5D { place += 1 }
      default: while base[place] != 0x2C, base[place] != 0x7D { place += 1 }
      }
      if child >= 0, targets[child] >= 0 {
        take(UnsafeBufferPointer(start: base + start, count: place - start), targets[child])
      }
    }
    place += 1
  }

  /// Where the quote is that ends a string whose first character is at `place`.
  private static func endOfString(
    _ base: UnsafePointer<UInt8>, _ place: Int, _ end: Int
  ) -> Int {
    guard let quote = memchr(base + place, 0x22, end - place) else {
      preconditionFailure("a string ends")
    }
    let found = base.distance(to: quote.assumingMemoryBound(to: UInt8.self))
    precondition(base[found - 1] != 0x5C, "the generator escapes nothing")
    return found
  }

  private mutating func take(_ raw: UnsafeBufferPointer<UInt8>, _ target: Int) {
    let sent = String(decoding: raw, as: UTF8.self)
    if target >= 1000 {
      texts[target - 1000] = String(sent.dropFirst().dropLast())
      return
    }
    if let value = known[sent] {
      values[target] = value
      return
    }
    let kind: PlainValue.Kind =
      switch sent.first {
      case "\"": .text
      case "[": .list
      case "t", "f": .bool
      case "n": .null
      default: .number
      }
    let value = PlainValue(
      kind: kind, text: kind == .text ? String(sent.dropFirst().dropLast()) : sent)
    known[sent] = value
    values[target] = value
  }
}

/// Instants as the generator writes them.
public enum Instant {
  /// Milliseconds of `2024-03-10T12:34:56.789Z`.
  public static func read(_ text: String) -> Int64 {
    let digits = text.utf8.map { Int64($0) - 0x30 }
    precondition(digits.count == 24, "an instant has 24 characters")
    func number(_ range: Range<Int>) -> Int64 { digits[range].reduce(0) { $0 * 10 + $1 } }
    let day = day(number(0..<4), number(5..<7), number(8..<10))
    let seconds = (number(11..<13) * 60 + number(14..<16)) * 60 + number(17..<19)
    return (day * 86_400 + seconds) * 1000 + number(20..<23)
  }

  /// Days since 1970: whole years, then whole months, then days.
  static func day(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
    func isLeap(_ year: Int64) -> Bool {
      year.isMultiple(of: 4) && (!year.isMultiple(of: 100) || year.isMultiple(of: 400))
    }
    let before: Int64 = (1970..<year).reduce(0) { $0 + (isLeap($1) ? 366 : 365) }
    let lengths: [Int64] = [31, isLeap(year) ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    let passed: Int64 = lengths.prefix(Int(month) - 1).reduce(0, +)
    return before + passed + day - 1
  }
}
