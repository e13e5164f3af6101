// The fast way from tokens to stored values, by the tree of structures that were met before: one comparison a
// key, and nothing looked up. What it does not take it leaves to the general path, from the start: keys with
// escapes, names that a full table of symbols does not take, and all that is not JSON or not within the limits.
//
// It runs over every byte of every event, so it keeps what it needs in local variables and reads text and tokens
// without checks of its own. What makes that sound: the scanner's tokens lie in the text and ascend, there is
// padding after the text, and no token is read from beyond those of the scan.

import Bytes

extension ValueEncoder {
  /// Encodes the event that begins with a token, and moves on to the token after it; false, with whatever was
  /// written, for one that has to go the general way.
  ///
  /// The line may have tokens that are not the event's, in `tokens.range` or after the end of the line: then it is
  /// not an event.
  ///
  /// - Complexity: O(bytes), plus a lookup for each key that is not one of the two that came there last.
  mutating func encodeByShape(
    _ tokens: borrowing JSONTokens, _ token: inout Int, into batch: inout EventBatch
  ) -> Bool {
    let line = ShapeLine(tokens)
    let draft = beginEvent(tokens)
    guard token < line.tokenEnd, line.byte(line.token(token)) == UInt8(ascii: "{"),
      let end = encodeMembers(of: line, tokens, from: line.token(token &+ 1), draft, into: &batch)
    else { return false }
    token = line.number(end)
    return true
  }

  /// Encodes the members of an event, of which the first token is given, and all that they hold.
  ///
  /// - Returns: The token after the event; nil if it has to go the general way.
  private mutating func encodeMembers(
    of line: ShapeLine, _ tokens: borrowing JSONTokens, from first: ShapeLine.Token,
    _ begun: DraftCursor, into batch: inout EventBatch
  ) -> ShapeLine.Token? {
    var (out, packed) = (rest.cursor, begun)
    defer { rest.cursor = out }
    var (at, node, closing, frame) = (first, tree.event, UInt8(ascii: "}"), frames.memory)
    frame.initialize(to: ShapeFrame(event: node, packed, draft.loose, &out))
    let (call, front) = (call, UInt32(truncatingIfNeeded: rest.front))
    while true {
      var hasValue = true
      // A key, a colon, a value and what ends the object; or an element and what ends the list.
      guard at + (closing == UInt8(ascii: "}") ? 3 : 1) < line.tokensEnd else { return nil }
      if closing == UInt8(ascii: "}") {
        let likely = node.pointee.next
        if likely.begins(line.pointer(at)), likely.pointee.readyCall == call {
          // Hot: there is nothing to do but to store the key.
          node = likely
          out.putKey(node)
        } else {
          guard let known = node.known(line.pointer(at)) ?? other(after: node, line, tokens, at)
          else { return nil }
          node = known
          let value = line.number(at + 2)
          switch node.step(line.byte(at + 2), call) {
          case .nothing, .object: out.putKey(node)
          case .field: places.memory[Int(node.pointee.field) &- 1] = out.putKey(node) &- front
          case .header:
            header.note(value, slot: node.pointee.slot)
            (at, hasValue) = (at + 1, false)
          case .other:
            guard let worked = work(at: node, tokens, value, out, &batch) else { return nil }
            (out, hasValue, at) = (worked.out, worked.skipped == 0, at + worked.skipped)
          }
        }
        at += 2
      }
      if hasValue {
        let (text, distance) = (line.pointer(at), Int(at[1]) &- Int(at[0]))
        let byte = text.load(as: UInt8.self)
        at += 1
        if byte == UInt8(ascii: "\""), line.isShort(text, distance) {
          out.putPaddedString(text + 1, distance &- 2)
          draft.put(padded: text + 1, distance &- 2, &packed)
        } else if byte == UInt8(ascii: "{") || byte == UInt8(ascii: "[") {
          guard at < line.tokensEnd, let inner = value(of: node, byte) else { return nil }
          (frame + 1).initialize(
            to: ShapeFrame(of: inner, in: node, closing, byte, frame, packed, draft.loose, &out))
          (node, closing, frame) = (inner, byte &+ 2, frame + 1)
          if line.byte(at) != closing { continue }
        } else if let value = Self.smallInteger(text, distance) {
          Self.put(value, &out, &packed)
        } else {
          let token = line.number(at - 1)
          guard let next = store(tokens, token, text, distance, out, packed) else { return nil }
          (out, packed) = next
        }
      }
      while line.byte(at) == closing {
        at += 1
        let moved = Self.end(frame, node, &out, &packed, &draft, &tree)
        if moved != 0 { note(moved, of: frame.pointee, upTo: node) }
        (node, closing, frame) = (frame.pointee.outerNode, frame.pointee.outerClosing, frame - 1)
        if closing == 0 { return line.ends(before: at) ? at : nil }
        guard at < line.tokensEnd else { return nil }
      }
      guard line.byte(at) == UInt8(ascii: ",") else { return nil }
      at += 1
    }
  }

  /// Writes an integer, to the draft too.
  ///
  /// Static, as the next: methods of a struct that cannot be copied are not inlined.
  @inline(__always)
  private static func put(
    _ value: UInt64, _ out: inout PayloadCursor, _ packed: inout DraftCursor
  ) {
    let start = out.count
    out.putReserved(integer: value)
    packed.putShort(out.memory + start, out.count &- start)
  }

  /// Ends an object or a list after its last node, for the draft too; the event itself ends the members of that.
  ///
  /// - Returns: As `PayloadCursor.end`.
  @inline(__always)
  private static func end(
    _ frame: UnsafeMutablePointer<ShapeFrame>, _ node: ShapeNodePointer,
    _ out: inout PayloadCursor, _ packed: inout DraftCursor, _ draft: inout PackedDraft,
    _ tree: inout ShapeTree
  ) -> Int {
    let moved = out.end(frame.pointee.start, lengthBytes: Int(frame.pointee.lengthBytes))
    if !frame.pointee.isInList {
      draft.structure = tree.structure(draft.structure, after: node)
      if frame.pointee.outerClosing == 0 {
        draft.endMembers(packed, key: tree.key(of: draft.structure))
      }
    } else if !(frame - 1).pointee.isInList {
      let start = frame.pointee.start &- Int(frame.pointee.lengthBytes) &- 1
      packed = draft.putting(
        list: out.memory + start, out.count &- start, begun: frame.pointee)
    }
    return moved
  }

  /// The beginning of the object or the list that is a value of a node, given its first byte; nil for one that has to
  /// go the general way.
  @inline(__always)
  private mutating func value(of node: ShapeNodePointer, _ byte: UInt8) -> ShapeNodePointer? {
    let isObject = byte == UInt8(ascii: "{")
    let known = isObject ? node.pointee.object : node.pointee.list
    return known ?? tree.makeValue(of: node, isObject: isObject)
  }

  /// Forgets the last event, and makes room for the next.
  ///
  /// - Returns: Where the draft of its members goes.
  private mutating func beginEvent(_ tokens: borrowing JSONTokens) -> DraftCursor {
    tree.bound()
    rest.removeAll()
    header = HeaderTokens()
    places.removeAll()
    hasPlaces = true
    // Room for all that is stored without a check: what stands in the text takes no more than twice as much, and
    // an object or a list at most two bytes more. To the end of the text, not of the line: whether the event ends with
    // it is known at the end.
    let left = tokens.text.byteCount - tokens.line.lowerBound
    let room = 2 * (left + ShapeFrames.depthMax) + Self.memberRoom
    rest.cursor.reserve(room)
    return draft.begin(room: room, ShapeTree.firstStructure)
  }

  /// What is written, at most, when a key and a short string are stored.
  private static let memberRoom = 64

  /// Does what a member needs in this event, or in the first event of a call; stores its key.
  ///
  /// - Returns: What to continue with, and how many tokens the value had, if it is stored already, else 0; nil if the
  ///   event has to go the general way.
  @inline(never)
  private mutating func work(
    at key: ShapeNodePointer, _ tokens: borrowing JSONTokens, _ token: Int, _ cursor: PayloadCursor,
    _ batch: inout EventBatch
  ) -> (out: PayloadCursor, skipped: Int)? {
    var out = cursor
    let isEmptyList = key.pointee.takesEmptyList && tokens.isEmptyList(token)
    if !isEmptyList, case .plain = key.pointee.role {
    } else if !isEmptyList {
      do throws(EventProblem) { try note(key.pointee.role, tokens, token) } catch {
        return nil
      }
    }
    if key.pointee.lastCall != call {
      key.pointee.lastCall = call
      // Of a long key, the first bytes alone say nothing.
      if key.pointee.work == .nothing, !key.pointee.isLong { key.pointee.readyCall = call }
      batch.use(Symbol(key.pointee.symbol))
    }
    out.putKey(key)
    guard !isEmptyList else {
      out.end(out.begin(ValueTag.object))
      // Of another structure than the same keys with an object here.
      draft.structure = 0
      return (out, 2)
    }
    let field = Int(key.pointee.field)
    if field != 0, field <= places.count {
      places.memory[field - 1] = UInt32(truncatingIfNeeded: out.count - rest.front)
    }
    return (out, 0)
  }

  /// Follows the members of an object, or of a list, that were moved when it ended, and leaves as much room for its
  /// length the next time.
  @inline(never)
  private mutating func note(
    _ moved: Int, of frame: ShapeFrame, upTo last: ShapeNodePointer
  ) {
    places.move(from: frame.start - rest.front, by: moved)
    var node = last
    while node.pointee.previous != node.pointee.number {
      node = tree.nodes[node.pointee.previous]
    }
    node.pointee.lengthBytes = UInt8(truncatingIfNeeded: Int(frame.lengthBytes) + moved)
  }

  /// The node of a key that did not come at its place last; nil for one that has to go the general way.
  @inline(never)
  private mutating func other(
    after previous: ShapeNodePointer, _ line: ShapeLine, _ tokens: borrowing JSONTokens,
    _ token: ShapeLine.Token
  ) -> ShapeNodePointer? {
    let place = line.pointer(token)
    if let long = longNode(previous.pointee.next, line, place) { return long }
    if let long = longNode(previous.pointee.nextButOne, line, place) {
      tree.prefer(long, after: previous)
      return long
    }
    // Names of another line are not to be known before those of this one.
    guard place < line.end, line.byte(token) == UInt8(ascii: "\""),
      line.byte(token + 1) == UInt8(ascii: ":"),
      let range = try? tokens.string(line.number(token))
    else { return nil }
    let key = tokens.text.extracting(range)
    // A key with an escape is another one than its bytes say.
    if tokens.hasBackslash(in: range) { return nil }
    guard let symbol = symbols.symbol(for: key) else { return nil }
    return tree.child(of: previous, key, symbol)
  }

  private mutating func longNode(
    _ node: ShapeNodePointer, _ line: ShapeLine, _ place: UnsafeRawPointer
  ) -> ShapeNodePointer? {
    node.pointee.isLong && node.begins(place)
      && tree.matchesInside(node, place, end: line.end) ? node : nil
  }

  /// Stores a value that is neither an object nor a list; nil if it is none, or has to go the general way.
  @inline(never)
  private mutating func store(
    _ tokens: borrowing JSONTokens, _ token: Int, _ text: UnsafeRawPointer, _ distance: Int,
    _ cursor: PayloadCursor, _ packed: DraftCursor
  ) -> (out: PayloadCursor, packed: DraftCursor)? {
    let stored =
      text.load(as: UInt8.self) == UInt8(ascii: "\"")
      ? encodingString(tokens, token, cursor) : Self.encoding(scalar: text, distance, cursor)
    guard let stored else { return nil }
    let start = cursor.count
    return (stored, draft.putting(stored.memory + start, stored.count &- start, packed))
  }

  /// Stores a string that is long, or has white space after it, or is in a line with escapes.
  @inline(never)
  private mutating func encodingString(
    _ tokens: borrowing JSONTokens, _ token: Int, _ cursor: PayloadCursor
  ) -> PayloadCursor? {
    var out = cursor
    if let text = tokens.plainText(token) {
      out.putString(text.start, text.count)
      return out
    }
    guard let string = try? string(tokens, token) else { return nil }
    out.putString(string.characters(in: tokens.text))
    return out
  }

  /// The value of up to eight digits, given how far it is to the next token; nil for any other token.
  @inline(__always)
  private static func smallInteger(_ text: UnsafeRawPointer, _ distance: Int) -> UInt64? {
    guard distance <= 8, text.load(as: UInt8.self) != UInt8(ascii: "0") || distance == 1 else {
      return nil
    }
    let word = UInt64(littleEndian: text.loadUnaligned(as: UInt64.self)) ^ 0x3030_3030_3030_3030
    // The digits at the upper end, zeros before them.
    let digits = word &<< UInt64(truncatingIfNeeded: 64 &- 8 &* distance)
    guard ((digits &+ 0x7676_7676_7676_7676) | digits) & 0x8080_8080_8080_8080 == 0 else {
      return nil
    }
    // Pairs, then fours, then all eight.
    let pairs = (digits &* 10 &+ digits &>> 8) & 0x00FF_00FF_00FF_00FF
    let fours = (pairs &* 100 &+ pairs &>> 16) & 0x0000_FFFF_0000_FFFF
    return (fours &* 10_000 &+ fours &>> 32) & 0xFFFF_FFFF
  }

  /// Stores any number or literal; nil if it is neither.
  @inline(never)
  private static func encoding(
    scalar text: UnsafeRawPointer, _ distance: Int, _ cursor: PayloadCursor
  ) -> PayloadCursor? {
    var out = cursor
    var length = distance
    while length > 1, ShapeLine.isSpace(text.load(fromByteOffset: length &- 1, as: UInt8.self)) {
      length &-= 1
    }
    let word = UInt32(littleEndian: text.loadUnaligned(as: UInt32.self))
    switch UInt8(truncatingIfNeeded: word) {
    case UInt8(ascii: "t"):
      guard length == 4, word == 0x6575_7274 else { return nil }
      out.put(ValueTag.yes)
    case UInt8(ascii: "f"):
      let last = UInt32(littleEndian: text.loadUnaligned(fromByteOffset: 1, as: UInt32.self))
      guard length == 5, last == 0x6573_6C61 else { return nil }
      out.put(ValueTag.no)
    case UInt8(ascii: "n"):
      guard length == 4, word == 0x6C6C_756E else { return nil }
      out.put(ValueTag.null)
    default:
      guard out.putNumber(text, length) else { return nil }
    }
    return out
  }
}

/// The tokens of a line, without checks.
private struct ShapeLine: ~Escapable {
  private let text: UnsafeRawPointer
  private let positions: UnsafePointer<UInt32>
  private let lineEnd: Int
  /// The token after the last that may be read.
  let tokenEnd: Int
  /// The longest string that is stored as it stands; in a line with a backslash, those without anything in them.
  private let shortMax: UInt

  @_lifetime(copy tokens)
  init(_ tokens: borrowing JSONTokens) {
    text = tokens.rawText
    positions = tokens.rawPositions
    tokenEnd = tokens.range.upperBound
    lineEnd = tokens.rawEnd
    shortMax = tokens.hasBackslash ? 0 : UInt(PayloadCursor.paddedStringMax)
  }

  /// Where the line ends.
  var end: UnsafeRawPointer { text + lineEnd }

  /// A token, as the place of its position.
  typealias Token = UnsafePointer<UInt32>

  @inline(__always)
  func token(_ number: Int) -> Token { positions + number }

  @inline(__always)
  func number(_ token: Token) -> Int { token - positions }

  /// The token after the last that may be read.
  @inline(__always)
  var tokensEnd: Token { positions + tokenEnd }

  @inline(__always)
  func pointer(_ token: Token) -> UnsafeRawPointer { text + Int(token.pointee) }

  @inline(__always)
  func byte(_ token: Token) -> UInt8 {
    text.load(fromByteOffset: Int(token.pointee), as: UInt8.self)
  }

  /// Whether a string is stored as it stands, given how far it is to the next token; mostly there is no white space
  /// before that.
  @inline(__always)
  func isShort(_ text: UnsafeRawPointer, _ distance: Int) -> Bool {
    let count = distance &- 2
    return UInt(bitPattern: count) <= shortMax && !InstantText.hasLength(count)
      && text.load(fromByteOffset: distance &- 1, as: UInt8.self) == UInt8(ascii: "\"")
  }

  /// Whether the line ends before a token, and after the one before it.
  func ends(before token: Token) -> Bool {
    Int(token[-1]) < lineEnd && (token == tokensEnd || Int(token[0]) >= lineEnd)
  }

  @inline(__always)
  static func isSpace(_ byte: UInt8) -> Bool {
    byte <= 0x20 && (byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09)
  }
}

extension PayloadCursor {
  /// Stores the key of a node where there is room for it; returns the number of bytes written.
  @inline(__always) @discardableResult
  fileprivate mutating func putKey(_ key: ShapeNodePointer) -> UInt32 {
    putReserved(low: UInt64(key.pointee.storedKey), Int(key.pointee.storedKeyLength))
    return end
  }
}
