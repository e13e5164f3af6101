// From the bytes of an input to its top-level JSON values and the items in them, in bounded memory: a
// batch may be a file of gigabytes. Only the frame is read here; what an event holds is for the
// parser to judge.
//
// The grammar is checked as far as it shows where a value ends: a value that is cut short must not
// take those after it along. Inside an item of a batch or list a fault is that item's alone, as long
// as the brackets around it still match.

import Bytes

/// Reads one top-level value: an event, a batch body or a list of events.
struct ValueScanner {
  /// What a value is by its first byte and its members.
  enum Kind: Equatable {
    /// An object, which is an event or meant to be one.
    case event
    /// An object with a list `batch`.
    case body
    /// A list of events.
    case list
  }

  /// What comes next in the value.
  enum Piece: Equatable {
    /// A whole item, and where it begins.
    case item([UInt8], LinePosition)
    /// An item that is too long to be kept, and where it begins.
    case longItem(LinePosition)
    /// A member of the object that has a meaning for the items; nil if it is too long for that.
    case member(BodyMember, [UInt8]?)
    /// The value ends before `position`.
    case end
  }

  /// Where a value stops being JSON.
  struct Fault: Error, Equatable {
    enum Reason: Equatable {
      /// Something stands where a comma, a colon, a key or a bracket must be.
      case malformed
      /// The input ends in the middle.
      case truncated
    }

    var reason: Reason
    /// Where.
    var position: LinePosition
    /// Whether a line begins there, with a bracket: then the value broke off before it.
    var isAtLineStart = false
  }

  private enum State {
    case value, firstElement, firstKey, key, colon, separator, string, scalar
    /// In an item after a fault: only strings and brackets are followed.
    case garbled
    case done
  }

  /// What is copied out while it passes.
  private enum Capture: Equatable {
    case item
    case member(BodyMember)
  }

  private static let depthMax = 65_536
  private static let keyBytesMax = 72
  private static let quote = UInt8(ascii: "\"")

  private let takesItems: Bool
  private let limit: Int
  private var state = State.value
  private var stack: [UInt8] = []
  /// The depth at which items stand; 0 outside of a list of them.
  private var itemDepth = 0
  private var isKey = false
  private var isEscaped = false
  /// The first fault in the present item.
  private var itemFault: Fault?
  private var isLineStart = false
  private var key: [UInt8] = []
  /// The keys of the object that have a meaning, as far as they have come.
  private var keysSeen: [[UInt8]] = []
  /// Where the first of them stands that has been there before.
  private(set) var repeatedKey: Int?
  /// How many bytes of a byte order mark have just come.
  private var markCount = 0
  private var capture: Capture?
  private var captureStart = 0
  private var value: [UInt8] = []
  private var isTooLong = false
  private var itemPosition: LinePosition
  /// Where the value begins.
  let start: LinePosition
  /// How far the value has been read.
  private(set) var position: LinePosition
  /// What the value is, as far as it has been read.
  private(set) var kind = Kind.event

  /// Starts at the first byte of a value, which is a bracket.
  ///
  /// - Parameter takesItems: Whether to hand out items, or else the members.
  init(at start: LinePosition, takesItems: Bool, limits: EventLimits) {
    self.start = start
    self.takesItems = takesItems
    limit = limits.lineBytesMax
    position = start
    itemPosition = start
  }

  /// Where the first byte is that no piece has been given out for: the start of an item, if one is being
  /// read.
  var heldFrom: LinePosition { isInItem ? itemPosition : position }
  /// How many items have begun.
  private(set) var itemCount = 0

  /// The next piece in `input`, from `index` on; nil once the input is used up.
  mutating func next(_ input: RawSpan, _ index: inout Int) throws(Fault) -> Piece? {
    captureStart = index
    while index < input.byteCount {
      let byte = input[index]
      if markCount > 0 || byte == ByteOrderMark.firstByte && mayBeMark {
        if try takesMark(byte, index) {
          index &+= 1
          position.offset &+= 1
          continue
        }
      }
      if isLineStart, Self.opens(byte), isItemOver {
        giveUpItem()
        if let piece = endValue(input, index) { return piece }
        continue
      }
      if state == .scalar, Self.endsScalar(byte) {
        // The byte belongs to what comes after.
        state = .separator
        if let piece = endValue(input, index) { return piece }
        continue
      }
      let mayEnd = try step(byte, index)
      index &+= 1
      position.offset &+= 1
      isLineStart = byte == 0x0A
      if isLineStart { position.number &+= 1 }
      if mayEnd, let piece = endValue(input, index) { return piece }
    }
    keep(input, upTo: index)
    return nil
  }

  /// The fault of a value whose input ends here.
  var truncated: Fault { Fault(reason: .truncated, position: position) }

  /// Takes a byte; true if a string or a bracket ends with it, so that a value may have ended.
  @inline(__always)
  private mutating func step(_ byte: UInt8, _ index: Int) throws(Fault) -> Bool {
    switch state {
    case .string: return try takeInString(byte)
    case .scalar: return false
    case .garbled: return try takeGarbled(byte)
    default: break
    }
    if byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { return false }
    return try take(byte, index)
  }

  private mutating func take(_ byte: UInt8, _ index: Int) throws(Fault) -> Bool {
    switch (state, byte) {
    case (.firstElement, UInt8(ascii: "]")), (.separator, UInt8(ascii: "]")),
      (.firstKey, UInt8(ascii: "}")), (.separator, UInt8(ascii: "}")):
      return try close(byte)
    case (.value, _), (.firstElement, _):
      return try beginValue(byte, index)
    case (.firstKey, Self.quote), (.key, Self.quote):
      state = .string
      isKey = true
      if stack.count == 1 { key.removeAll(keepingCapacity: true) }
    case (.colon, UInt8(ascii: ":")):
      state = .value
    case (.separator, UInt8(ascii: ",")):
      state = stack.last == UInt8(ascii: "{") ? .key : .value
    default:
      return try fail(byte)
    }
    return false
  }

  private mutating func beginValue(_ byte: UInt8, _ index: Int) throws(Fault) -> Bool {
    switch byte {
    case UInt8(ascii: ","), UInt8(ascii: ":"), UInt8(ascii: "]"), UInt8(ascii: "}"):
      return try fail(byte)
    default: break
    }
    beginCapture(byte, index)
    switch byte {
    case UInt8(ascii: "{"), UInt8(ascii: "["):
      if stack.isEmpty, byte == UInt8(ascii: "[") {
        kind = .list
        itemDepth = 1
      }
      try open(byte)
      state = byte == UInt8(ascii: "{") ? .firstKey : .firstElement
    case Self.quote:
      state = .string
      isKey = false
    default:
      state = .scalar
    }
    return false
  }

  private mutating func open(_ bracket: UInt8) throws(Fault) {
    guard stack.count < Self.depthMax else { throw Fault(reason: .malformed, position: position) }
    stack.append(bracket)
  }

  private mutating func close(_ byte: UInt8) throws(Fault) -> Bool {
    guard stack.last == Self.opening(of: byte) else { return try fail(byte) }
    stack.removeLast()
    state = stack.isEmpty ? .done : .separator
    if stack.count < itemDepth { itemDepth = 0 }
    return true
  }

  private mutating func takeInString(_ byte: UInt8) throws(Fault) -> Bool {
    if byte == 0x0A {
      // No string of JSON has one: most likely its quote is missing.
      guard isInItem else { throw Fault(reason: .malformed, position: position) }
      note()
      isEscaped = false
    } else if isEscaped {
      isEscaped = false
    } else if byte == UInt8(ascii: "\\") {
      isEscaped = true
    } else if byte == Self.quote {
      state = itemFault != nil ? .garbled : isKey ? .colon : .separator
      return state == .separator
    }
    // No member that means something has a longer key, each character escaped.
    if isKey, stack.count == 1, key.count < Self.keyBytesMax { key.append(byte) }
    return false
  }

  private mutating func takeGarbled(_ byte: UInt8) throws(Fault) -> Bool {
    switch byte {
    case Self.quote:
      state = .string
      isKey = false
    case UInt8(ascii: "{"), UInt8(ascii: "["):
      try open(byte)
    case UInt8(ascii: "}"), UInt8(ascii: "]"):
      guard stack.last == Self.opening(of: byte) else {
        throw itemFault ?? Fault(reason: .malformed, position: position)
      }
      stack.removeLast()
      guard stack.count == itemDepth else { break }
      state = .separator
      itemFault = nil
      return true
    default: break
    }
    return false
  }

  /// Whether a line that begins with a bracket cannot belong to the present item.
  private var isItemOver: Bool {
    guard isInItem else { return false }
    switch state {
    case .value, .firstElement: return itemFault != nil
    default: return true
    }
  }

  private var isInItem: Bool { itemDepth > 0 && stack.count > itemDepth }

  private mutating func note() {
    if itemFault == nil { itemFault = Fault(reason: .malformed, position: position) }
  }

  /// Goes on within an item that is at fault; anywhere else the value is broken.
  private mutating func fail(_ byte: UInt8) throws(Fault) -> Bool {
    guard isInItem else {
      throw Fault(
        reason: .malformed, position: position, isAtLineStart: isLineStart && Self.opens(byte))
    }
    note()
    state = .garbled
    return try takeGarbled(byte)
  }

  /// Ends an item that is at fault before a line that begins with a bracket, which is taken for the next.
  private mutating func giveUpItem() {
    stack.removeLast(stack.count - itemDepth)
    state = .value
    isEscaped = false
    itemFault = nil
  }

  private static func opens(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: "{") || byte == UInt8(ascii: "[")
  }

  private static func opening(of bracket: UInt8) -> UInt8 {
    bracket == UInt8(ascii: "}") ? UInt8(ascii: "{") : UInt8(ascii: "[")
  }

  private static func endsScalar(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: ","), UInt8(ascii: "]"), UInt8(ascii: "}"), UInt8(ascii: ":"),
      UInt8(ascii: "{"), UInt8(ascii: "["), quote, 0x20, 0x0A, 0x0D, 0x09:
      true
    default: false
    }
  }
}

// Byte order marks before items and lines.
extension ValueScanner {
  private var mayBeMark: Bool { isLineStart || state == .value || state == .firstElement }

  /// Takes a byte of a mark, which is skipped; false if it turns out to be none, whose first bytes are then
  /// taken as what they are.
  private mutating func takesMark(_ byte: UInt8, _ index: Int) throws(Fault) -> Bool {
    if byte == ByteOrderMark.bytes[markCount] {
      markCount = (markCount + 1) % ByteOrderMark.bytes.count
      return true
    }
    let taken = ByteOrderMark.bytes.prefix(markCount)
    markCount = 0
    isLineStart = false
    switch state {
    case .string, .scalar, .garbled: break
    case .value, .firstElement:
      let isCapturing = capture != nil
      position.offset -= taken.count
      beginCapture(ByteOrderMark.firstByte, index)
      position.offset += taken.count
      if !isCapturing, capture != nil { value.append(contentsOf: taken) }
      state = .scalar
    default: _ = try fail(ByteOrderMark.firstByte)
    }
    return false
  }
}

// What is copied out.
extension ValueScanner {
  /// Notes what begins here: an item, or a member of the object.
  private mutating func beginCapture(_ byte: UInt8, _ index: Int) {
    if itemDepth > 0, stack.count == itemDepth {
      itemPosition = position
      itemCount += 1
      itemPosition.item = itemCount
      if takesItems { begin(.item, index) }
    } else if stack.count == 1, kind != .list {
      let key = takeKey()
      if byte == UInt8(ascii: "["), key.elementsEqual("batch".utf8) {
        kind = .body
        itemDepth = 2
      } else if !takesItems, let member = BodyMember(key) {
        begin(.member(member), index)
      }
    }
  }

  /// The key of the member that begins, its escapes resolved.
  private mutating func takeKey() -> [UInt8] {
    var decoded = key
    if key.contains(UInt8(ascii: "\\")) {
      decoded = []
      if JSONEscapes.decode(key.span.bytes, to: &decoded) != .ok { return key }
    }
    guard BodyMember(decoded) != nil || decoded.elementsEqual("batch".utf8) else { return decoded }
    if keysSeen.contains(decoded) {
      if repeatedKey == nil { repeatedKey = position.offset }
    } else {
      keysSeen.append(decoded)
    }
    return decoded
  }

  private mutating func begin(_ capture: Capture, _ index: Int) {
    self.capture = capture
    captureStart = index
    value.removeAll(keepingCapacity: true)
    isTooLong = false
  }

  private mutating func keep(_ input: RawSpan, upTo end: Int) {
    guard capture != nil, !isTooLong else { return }
    guard value.count + end - captureStart <= limit else {
      isTooLong = true
      value.removeAll(keepingCapacity: true)
      return
    }
    value.append(input.extracting(captureStart..<end))
    captureStart = end
  }

  /// The piece that ends before `index`, if one does.
  private mutating func endValue(_ input: RawSpan, _ index: Int) -> Piece? {
    guard let capture, stack.count == (capture == .item ? itemDepth : 1) else {
      return state == .done ? .end : nil
    }
    keep(input, upTo: index)
    self.capture = nil
    switch capture {
    case .item: return isTooLong ? .longItem(itemPosition) : .item(value, itemPosition)
    case .member(let member): return .member(member, isTooLong ? nil : value)
    }
  }
}
