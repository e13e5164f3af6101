// From the bytes of a batch body to its items, in bounded memory: a body may be a file of gigabytes.
// Only the frame is read here; what an item holds is for the parser to judge.

import Bytes

/// Why a body is no batch.
public struct BatchProblem: Error, Equatable, Sendable {
  /// The kinds of problems.
  public enum Reason: Equatable, Sendable {
    /// The body begins with neither `{` nor `[`.
    case notABatch
    /// Something stands where a comma, a colon, a key or a bracket must be.
    case malformed
    /// The body ends in the middle.
    case truncated
    /// `batch` is no array.
    case notAnArray
    /// A member of the body is longer than the limit for lines.
    case memberTooLong
  }

  /// What is wrong.
  public var reason: Reason
  /// Where, in bytes from the start of the input.
  public var offset: Int

  /// What is wrong and what to do, for a person.
  public var sentence: String {
    switch reason {
    case .notABatch: "is no batch: it must be an object with a list `batch`, or a list of events"
    case .malformed: "is not valid JSON"
    case .truncated: "ends in the middle of a batch"
    case .notAnArray: "has a `batch` that is no list"
    case .memberTooLong: "has a batch-level member longer than 1 MiB"
    }
  }
}

/// Finds the items and the other members of batch bodies, one body after the other.
struct BatchScanner {
  /// What comes next in the input.
  enum Piece: Equatable {
    /// A body begins at this offset.
    case begin(Int)
    /// An item, without line feeds, and where it begins.
    case item([UInt8], Int)
    /// An item that is too long to be kept, and where it begins.
    case tooLong(Int)
    /// A member beside the items that has a meaning for them.
    case member(BatchMember, [UInt8])
    /// The body ends before this offset.
    case end(Int)
  }

  private enum State {
    case outside, firstKey, key, inKey, colon, memberValue, nextMember, firstItem, item, nextItem
    case value
  }

  private let limit: Int
  private let takesItems: Bool
  private var state = State.outside
  private var isList = false
  private var key: [UInt8] = []
  private var value: [UInt8] = []
  private var valueStart = 0
  private var depth = 0
  private var isInString = false
  private var isEscaped = false
  private var isScalar = false
  private var isItem = false
  private var isTooLong = false
  private(set) var offset: Int

  /// Starts at an offset of the input.
  ///
  /// - Parameter takesItems: Whether to hand out items, or else the other members.
  init(at offset: Int, takesItems: Bool, limits: EventLimits = EventLimits()) {
    self.offset = offset
    self.takesItems = takesItems
    limit = limits.lineBytesMax
  }

  /// The next piece in `input`, from `index` on; nil once the input is used up.
  mutating func next(_ input: RawSpan, _ index: inout Int) throws(BatchProblem) -> Piece? {
    while index < input.byteCount {
      let byte = input[index]
      if state == .value {
        if isScalar, Self.endsScalar(byte) {
          // The byte belongs to what comes after.
          if let piece = try endValue() { return piece }
          continue
        }
        index &+= 1
        let isLast = takeValue(byte)
        offset &+= 1
        if isLast, let piece = try endValue() { return piece }
        continue
      }
      index &+= 1
      let piece = try take(byte)
      offset &+= 1
      if let piece { return piece }
    }
    return nil
  }

  /// Says that the input is at its end.
  func finish() throws(BatchProblem) {
    guard state == .outside else { throw BatchProblem(reason: .truncated, offset: offset) }
  }

  private mutating func take(_ byte: UInt8) throws(BatchProblem) -> Piece? {
    if state == .inKey {
      takeKey(byte)
      return nil
    }
    if byte == 0x20 || (0x09...0x0D).contains(byte) && byte != 0x0B && byte != 0x0C { return nil }
    switch (state, byte) {
    case (.outside, UInt8(ascii: "{")), (.outside, UInt8(ascii: "[")):
      isList = byte == UInt8(ascii: "[")
      state = isList ? .firstItem : .firstKey
      return .begin(offset)
    case (.firstKey, UInt8(ascii: "\"")), (.key, UInt8(ascii: "\"")):
      key.removeAll(keepingCapacity: true)
      state = .inKey
    case (.colon, UInt8(ascii: ":")):
      state = .memberValue
    case (.memberValue, _):
      let isBatch = key.elementsEqual("batch".utf8)
      guard isBatch else {
        try begin(byte, isItem: false)
        break
      }
      guard byte == UInt8(ascii: "[") else {
        throw BatchProblem(reason: .notAnArray, offset: offset)
      }
      state = .firstItem
    case (.nextMember, UInt8(ascii: ",")):
      state = .key
    case (.nextItem, UInt8(ascii: ",")):
      state = .item
    case (.firstItem, UInt8(ascii: "]")), (.nextItem, UInt8(ascii: "]")):
      state = isList ? .outside : .nextMember
      if isList { return .end(offset + 1) }
    case (.firstKey, UInt8(ascii: "}")), (.nextMember, UInt8(ascii: "}")):
      state = .outside
      return .end(offset + 1)
    case (.firstItem, _), (.item, _):
      try begin(byte, isItem: true)
    default:
      throw BatchProblem(
        reason: state == .outside ? .notABatch : .malformed, offset: offset)
    }
    return nil
  }

  private mutating func takeKey(_ byte: UInt8) {
    if isEscaped {
      isEscaped = false
    } else if byte == UInt8(ascii: "\\") {
      isEscaped = true
    } else if byte == UInt8(ascii: "\"") {
      state = .colon
      return
    }
    // No member that means something has a longer key.
    if key.count < 32 { key.append(byte) }
  }

  private mutating func begin(_ byte: UInt8, isItem: Bool) throws(BatchProblem) {
    guard byte != UInt8(ascii: ","), byte != UInt8(ascii: ":"), byte != UInt8(ascii: "]"),
      byte != UInt8(ascii: "}")
    else { throw BatchProblem(reason: .malformed, offset: offset) }
    self.isItem = isItem
    value.removeAll(keepingCapacity: true)
    valueStart = offset
    depth = 0
    isEscaped = false
    isTooLong = false
    isInString = byte == UInt8(ascii: "\"")
    isScalar = !isInString && byte != UInt8(ascii: "{") && byte != UInt8(ascii: "[")
    if byte == UInt8(ascii: "{") || byte == UInt8(ascii: "[") { depth = 1 }
    state = .value
    keep(byte)
  }

  /// Whether what is being read is to be handed out.
  private var isKept: Bool { isItem == takesItems }

  private mutating func keep(_ byte: UInt8) {
    guard isKept, !isTooLong else { return }
    guard value.count < limit else {
      isTooLong = true
      value.removeAll(keepingCapacity: true)
      return
    }
    value.append(byte)
  }

  /// Takes a byte of a value; true if it is the last.
  private mutating func takeValue(_ byte: UInt8) -> Bool {
    if isInString {
      // A line feed in a string is no JSON; it must not become two lines either.
      keep(byte == 0x0A ? 0x0D : byte)
      if isEscaped {
        isEscaped = false
      } else if byte == UInt8(ascii: "\\") {
        isEscaped = true
      } else if byte == UInt8(ascii: "\"") {
        isInString = false
        return depth == 0
      }
      return false
    }
    keep(byte == 0x0A ? 0x20 : byte)
    switch byte {
    case UInt8(ascii: "\""): isInString = true
    case UInt8(ascii: "{"), UInt8(ascii: "["): depth &+= 1
    case UInt8(ascii: "}"), UInt8(ascii: "]"):
      depth &-= 1
      return depth == 0
    default: break
    }
    return false
  }

  private static func endsScalar(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: ","), UInt8(ascii: "]"), UInt8(ascii: "}"), 0x20, 0x0A, 0x0D, 0x09: true
    default: false
    }
  }

  private mutating func endValue() throws(BatchProblem) -> Piece? {
    state = isItem ? .nextItem : .nextMember
    guard isKept else { return nil }
    if isItem { return isTooLong ? .tooLong(valueStart) : .item(value, valueStart) }
    guard let member = BatchMember(key) else { return nil }
    guard !isTooLong else { throw BatchProblem(reason: .memberTooLong, offset: valueStart) }
    return .member(member, value)
  }
}

/// A member of a batch that its items inherit.
enum BatchMember: CaseIterable {
  case context
  case integrations
  case sentAt

  var key: StaticString {
    switch self {
    case .context: "context"
    case .integrations: "integrations"
    case .sentAt: "sentAt"
    }
  }

  init?(_ key: [UInt8]) {
    let span = key.span.bytes
    guard let member = Self.allCases.first(where: { span.equals($0.key) }) else { return nil }
    self = member
  }
}
