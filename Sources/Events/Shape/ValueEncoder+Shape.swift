// The fast way from tokens to stored values, by the tree of structures that were met before: one comparison a
// key, and nothing looked up. What it does not take it leaves to the general path, from the start: keys with
// escapes, names that a full table of symbols does not take, and all that is not JSON or not within the limits.

import Bytes

extension ValueEncoder {
  /// What follows the key of a member.
  private enum AfterKey {
    /// Its value, to be stored.
    case value
    /// The next member: there is nothing more to store.
    case nothing
    /// The general path has to take the event.
    case unknown
  }

  /// Encodes an event; false, with whatever was written, for one that has to go the general way.
  ///
  /// - Throws: As the general path, which would have come to the same problem at the same place.
  /// - Complexity: O(bytes), plus a look-up for each key that is not one of the two that came there last.
  mutating func encodeByShape(
    _ tokens: borrowing JSONTokens, into batch: inout EventBatch
  ) throws(EventProblem) -> Bool {
    tree.bound()
    frames.removeAll(keepingCapacity: true)
    var token = tokens.range.lowerBound
    guard tokens.byte(token) == UInt8(ascii: "{") else { return false }
    token &+= 1
    var frame = ShapeFrame(
      node: ShapeTree.event, isObject: true, start: rest.begin(ValueTag.object))
    while true {
      var next = AfterKey.value
      if frame.isObject { next = try encodeKey(&frame, tokens, &token, into: &batch) }
      switch next {
      case .nothing: break
      case .unknown: return false
      case .value:
        let byte = tokens.byte(token)
        if byte == UInt8(ascii: "{") || byte == UInt8(ascii: "[") {
          guard open(&frame, isObject: byte == UInt8(ascii: "{")) else { return false }
          token &+= 1
          if tokens.byte(token) != frame.closing { continue }
        } else {
          guard try encodeScalar(tokens, &token) else { return false }
        }
      }
      // Whatever ends with this value.
      while tokens.byte(token) == frame.closing {
        token &+= 1
        let moved = rest.end(frame.start)
        if moved > 0 { moveFields(from: frame.start, by: moved) }
        guard let outer = frames.popLast() else { return token == tokens.range.upperBound }
        frame = outer
      }
      guard tokens.byte(token) == UInt8(ascii: ",") else { return false }
      token &+= 1
    }
  }

  /// Begins an object or a list that is the value of the frame's node.
  @inline(__always)
  private mutating func open(_ frame: inout ShapeFrame, isObject: Bool) -> Bool {
    let node = tree.value(of: frame.node, isObject: isObject)
    guard node != 0 else { return false }
    frames.append(frame)
    let start = rest.begin(isObject ? ValueTag.object : ValueTag.array)
    frame = ShapeFrame(node: node, isObject: isObject, start: start)
    return true
  }

  /// Stores the key of the next member and moves on to its value.
  @inline(__always)
  private mutating func encodeKey(
    _ frame: inout ShapeFrame, _ tokens: borrowing JSONTokens, _ token: inout Int,
    into batch: inout EventBatch
  ) throws(EventProblem) -> AfterKey {
    // A key, a colon, a value and what ends the object.
    guard token &+ 3 < tokens.range.upperBound else { return .unknown }
    let place = tokens.known(token)
    guard tokens.text[place] == UInt8(ascii: "\""),
      tokens.text[tokens.known(token &+ 1)] == UInt8(ascii: ":")
    else { return .unknown }
    var node = tree.nodes[frame.node].next
    if node == 0 || !tree.matches(node, tokens.padded, at: place &+ 1) {
      node = try other(than: node, after: frame.node, tokens, token)
      guard node != 0 else { return .unknown }
    }
    frame.node = node
    token &+= 2
    return try encodeKey(node, tokens, &token, into: &batch)
  }

  /// Stores a key that is known, unless its member does not belong among the others.
  @inline(__always)
  private mutating func encodeKey(
    _ node: UInt32, _ tokens: borrowing JSONTokens, _ token: inout Int,
    into batch: inout EventBatch
  ) throws(EventProblem) -> AfterKey {
    if tree.nodes[node].plainCall == call {
      // Hot: there is nothing to do but to store the key.
      putStoredKey(node)
      return .value
    }
    if tree.nodes[node].takesEmptyList, tokens.isEmptyList(token) {
      putKey(node, into: &batch)
      rest.end(rest.begin(ValueTag.object))
      token &+= 2
      return .nothing
    }
    let role = tree.nodes[node].role
    if case .plain = role {
    } else {
      try note(role, tokens, token)
      if case .header = role {
        token &+= 1
        return .nothing
      }
    }
    putKey(node, into: &batch)
    return .value
  }

  /// Moves the places of fields that lie in what was moved.
  private mutating func moveFields(from start: Int, by count: Int) {
    for index in places.indices where Int(places[index]) >= start {
      places[index] &+= UInt32(truncatingIfNeeded: count)
    }
  }

  /// Stores a key, notes its symbol in the first event of a call, and where its value begins if it is a field.
  @inline(__always)
  private mutating func putKey(_ node: UInt32, into batch: inout EventBatch) {
    if tree.nodes[node].lastCall != call {
      tree.nodes[node].lastCall = call
      if tree.nodes[node].isPlain { tree.nodes[node].plainCall = call }
      batch.use(Symbol(tree.nodes[node].symbol))
    }
    putStoredKey(node)
    let field = Int(tree.nodes[node].field)
    if field != 0 { places[field &- 1] = UInt32(truncatingIfNeeded: rest.count) }
  }

  @inline(__always)
  private mutating func putStoredKey(_ node: UInt32) {
    rest.put(low: UInt64(tree.nodes[node].storedKey), Int(tree.nodes[node].storedKeyLength))
  }

  /// The node of a key that did not come at its place last; 0 for one that has to go the general way.
  @inline(never)
  private mutating func other(
    than node: UInt32, after previous: UInt32, _ tokens: borrowing JSONTokens, _ token: Int
  ) throws(EventProblem) -> UInt32 {
    let place = tokens.known(token) + 1
    let second = tree.nodes[previous].nextButOne
    if second != 0, tree.matches(second, tokens.padded, at: place) {
      tree.prefer(second, after: previous)
      return second
    }
    let range = try tokens.string(token)
    let key = tokens.text.extracting(range)
    // A key with an escape is another one than its bytes say.
    if tokens.hasBackslash(in: range) { return 0 }
    guard let symbol = symbols.symbol(for: key) else { return 0 }
    return tree.child(of: previous, key, symbol)
  }

  /// Stores a value that is neither an object nor a list; false if it is not one.
  @inline(__always)
  private mutating func encodeScalar(
    _ tokens: borrowing JSONTokens, _ token: inout Int
  ) throws(EventProblem) -> Bool {
    // Something has to end the object after it.
    guard token &+ 1 < tokens.range.upperBound else { return false }
    let place = tokens.known(token)
    let end = tokens.known(token &+ 1)
    switch tokens.text[place] {
    case UInt8(ascii: "\""):
      // Hot: no white space before the next token, and no escapes.
      if !tokens.hasBackslash, end &- 1 > place, tokens.text[end &- 1] == UInt8(ascii: "\"") {
        rest.putString(tokens.text.extracting((place &+ 1)..<(end &- 1)))
      } else {
        let string = try string(tokens, token)
        rest.putString(string.characters(in: tokens.text))
      }
    case UInt8(ascii: "t") where tokens.isLiteral(token, "true"): rest.put(ValueTag.yes)
    case UInt8(ascii: "f") where tokens.isLiteral(token, "false"): rest.put(ValueTag.no)
    case UInt8(ascii: "n") where tokens.isLiteral(token, "null"): rest.put(ValueTag.null)
    default:
      guard rest.putNumber(tokens.text, tokens.scalar(token)) else { return false }
    }
    token &+= 1
    return true
  }
}
