// JSON tokens to stored values: the grammar of JSON, its limits, and the place of each value. One
// pass, no tree; the recursion is bounded by the depth limit.

import Bytes

/// An object whose members are being encoded.
private struct OpenObject {
  var depth: Int
  var scope: ObjectScope
  /// Where its keys begin among those of all open objects.
  var firstKey: Int
}

/// Encodes the members of one event after the other.
struct ValueEncoder: ~Copyable {
  let limits: EventLimits
  var symbols: SymbolCache
  /// All members that are not in the header, as one stored object.
  ///
  /// With room for the header before it.
  var rest = PayloadBuffer(capacity: 1024, front: 512)
  /// The same for the log, if the tree takes the event.
  var draft = PackedDraft()
  var header = HeaderTokens()
  /// The structures that events had before.
  var tree: ShapeTree
  /// Objects and lists that are open around the one in hand, on the way by the tree.
  let frames = ShapeFrames()
  /// Where the value of each field begins in `rest`.
  var places = FieldPlaces()
  /// Whether `places` are those of the present event.
  var hasPlaces = false
  /// Counts the calls of the parser, each of which may be about another batch; never 0, which means none.
  private(set) var call: UInt32 = 1
  /// The keys of all objects that are open, innermost last: a symbol, or a hash with the top bit.
  ///
  /// A stack with a count of its own, because shrinking an array costs more than all else here.
  private var openKeys: [UInt64] = []
  private var openKeyCount = 0
  private var strings = JSONStringReader()

  /// - Parameter seed: The store's; it keeps senders from choosing what is slow.
  init(symbols: SymbolTable, limits: EventLimits, seed: HashSeed) {
    self.limits = limits
    self.symbols = SymbolCache(symbols)
    tree = ShapeTree(symbols: symbols, limits: limits, salt: EventHash.salt(seed: seed))
  }

  /// Begins a call of the parser.
  mutating func begin() {
    call &+= 1
    if call == 0 {
      // After 2^32 calls nothing may look as if it was of this one.
      call = 1
      tree.removeAll()
    }
    tree.use(symbols.table.fields())
    places.resize(to: tree.fields.count)
  }

  /// Encodes the one JSON value of a line, which must be an object.
  ///
  /// By the tree of structures if that takes it, else by the general path, which says what is wrong if
  /// something is. Both come to the same bytes.
  mutating func encodeEvent(
    _ tokens: borrowing JSONTokens, into batch: inout EventBatch
  ) throws(EventProblem) {
    var token = tokens.range.lowerBound
    if !encodeByShape(tokens, &token, into: &batch) { try encodeAgain(tokens, into: &batch) }
  }

  /// Encodes an event by the general path, in place of what was written.
  mutating func encodeAgain(
    _ tokens: borrowing JSONTokens, into batch: inout EventBatch
  ) throws(EventProblem) {
    rest.removeAll()
    draft.removeAll()
    header = HeaderTokens()
    hasPlaces = false
    openKeyCount = 0
    var token = tokens.range.lowerBound
    guard tokens.byte(token) == UInt8(ascii: "{") else {
      throw tokens.problem(tokens.beginsValue(token) ? .notAnObject : .invalidJSON, token)
    }
    try encodeObject(tokens, &token, depth: 1, .event, &batch)
    guard token == tokens.range.upperBound else { throw tokens.problem(.invalidJSON, token) }
  }

  /// The symbol of a name; nil if the table does not take it.
  mutating func symbol(for name: RawSpan) -> Symbol? { symbols.symbol(for: name) }

  /// The symbol of a name that stands in the text of the tokens.
  mutating func symbol(for name: PlainText) -> Symbol? { symbols.symbol(for: name) }

  /// Reads a string token.
  mutating func string(
    _ tokens: borrowing JSONTokens, _ token: Int
  ) throws(EventProblem) -> JSONString {
    try strings.read(tokens, token)
  }

  private mutating func encodeValue(
    _ tokens: borrowing JSONTokens, _ token: inout Int, depth: Int, _ scope: ObjectScope,
    _ batch: inout EventBatch
  ) throws(EventProblem) {
    switch tokens.byte(token) {
    case UInt8(ascii: "\""):
      let string = try strings.read(tokens, token)
      rest.putString(string.characters(in: tokens.text))
    case UInt8(ascii: "{"):
      try encodeObject(tokens, &token, depth: depth, scope, &batch)
      return
    case UInt8(ascii: "["):
      try encodeArray(tokens, &token, depth: depth, &batch)
      return
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
      guard rest.putNumber(tokens.text, tokens.scalar(token)) else {
        throw tokens.problem(.invalidJSON, token)
      }
    case UInt8(ascii: "t") where tokens.isLiteral(token, "true"):
      rest.put(ValueTag.yes)
    case UInt8(ascii: "f") where tokens.isLiteral(token, "false"):
      rest.put(ValueTag.no)
    case UInt8(ascii: "n") where tokens.isLiteral(token, "null"):
      rest.put(ValueTag.null)
    default:
      throw tokens.problem(.invalidJSON, token)
    }
    token &+= 1
  }

  private mutating func encodeArray(
    _ tokens: borrowing JSONTokens, _ token: inout Int, depth: Int, _ batch: inout EventBatch
  ) throws(EventProblem) {
    guard depth <= limits.depthMax else { throw tokens.problem(.tooDeep, token) }
    let start = rest.begin(ValueTag.array)
    token &+= 1
    if tokens.byte(token) == UInt8(ascii: "]") {
      token &+= 1
    } else {
      repeat {
        try encodeValue(tokens, &token, depth: depth + 1, .other, &batch)
      } while try continues(tokens, &token, until: UInt8(ascii: "]"))
    }
    rest.end(start)
  }

  private mutating func encodeObject(
    _ tokens: borrowing JSONTokens, _ token: inout Int, depth: Int, _ scope: ObjectScope,
    _ batch: inout EventBatch
  ) throws(EventProblem) {
    guard depth <= limits.depthMax else { throw tokens.problem(.tooDeep, token) }
    let start = rest.begin(ValueTag.object)
    let object = OpenObject(depth: depth, scope: scope, firstKey: openKeyCount)
    token &+= 1
    if tokens.byte(token) == UInt8(ascii: "}") {
      token &+= 1
    } else {
      repeat {
        try encodeMember(of: object, tokens, &token, &batch)
      } while try continues(tokens, &token, until: UInt8(ascii: "}"))
    }
    openKeyCount = object.firstKey
    rest.end(start)
  }

  /// Skips a comma (true) or the closing bracket (false).
  @inline(__always)
  private func continues(
    _ tokens: borrowing JSONTokens, _ token: inout Int, until close: UInt8
  ) throws(EventProblem) -> Bool {
    let byte = tokens.byte(token)
    guard byte == UInt8(ascii: ",") || byte == close else {
      throw tokens.problem(.invalidJSON, token)
    }
    token &+= 1
    return byte != close
  }

  private mutating func encodeMember(
    of object: OpenObject, _ tokens: borrowing JSONTokens, _ token: inout Int,
    _ batch: inout EventBatch
  ) throws(EventProblem) {
    guard tokens.byte(token) == UInt8(ascii: "\"") else {
      throw tokens.problem(.invalidJSON, token)
    }
    let keyToken = token
    token &+= 1
    guard tokens.byte(token) == UInt8(ascii: ":") else {
      throw tokens.problem(.invalidJSON, token)
    }
    token &+= 1
    let string = try strings.read(tokens, keyToken)
    let key = string.characters(in: tokens.text)
    let symbol = symbols.symbol(for: key)
    let mark = symbol.map { UInt64($0.value) } ?? (Checksum.of(key) | 1 << 63)
    guard open(mark, since: object.firstKey) else { throw tokens.problem(.duplicateKey, keyToken) }
    guard openKeyCount - object.firstKey <= limits.propertiesMax else {
      throw tokens.problem(.tooManyProperties, keyToken)
    }
    if tokens.isEmptyList(token), object.scope.hasObject(key) {
      // PHP writes an empty map as an empty list.
      putKey(symbol, key, &batch)
      rest.end(rest.begin(ValueTag.object))
      token &+= 2
      return
    }
    let known = symbol.flatMap { WellKnownSymbol(rawValue: $0.value) }
    let role = object.scope.role(of: known)
    try note(role, tokens, token)
    if case .header = role {
      token &+= 1
      return
    }
    putKey(symbol, key, &batch)
    try encodeValue(
      tokens, &token, depth: object.depth + 1, object.scope.inner(of: known), &batch)
  }

  /// Notes a key of the innermost object; false if it has the key already.
  ///
  /// A linear search: objects have few keys, and the limit on them bounds the rest.
  @inline(__always)
  private mutating func open(_ mark: UInt64, since firstKey: Int) -> Bool {
    for index in firstKey..<openKeyCount where openKeys[index] == mark { return false }
    if openKeyCount < openKeys.count {
      openKeys[openKeyCount] = mark
    } else {
      openKeys.append(mark)
    }
    openKeyCount &+= 1
    return true
  }

  @inline(__always)
  private mutating func putKey(_ symbol: Symbol?, _ key: RawSpan, _ batch: inout EventBatch) {
    if let symbol {
      rest.putVarint(UInt64(symbol.value))
      batch.use(symbol)
    } else {
      rest.put(0)
      rest.putVarint(UInt64(key.byteCount))
      rest.put(key)
    }
  }

  /// Notes what a member means to the engine, and checks the type that its value must have for that; what a
  /// value of the header holds is checked later.
  @inline(__always)
  mutating func note(
    _ role: MemberRole, _ tokens: borrowing JSONTokens, _ token: Int
  ) throws(EventProblem) {
    switch role {
    case .plain: break
    case .header(let key): try noteHeader(key, tokens, token)
    case .section(let key): try expectObject(key.field, tokens, token)
    case .noted(.groupID): header.note(groupID: token)
    case .noted(.previousID): header.note(previousID: token)
    case .noted(_): header.isHistorical = try isHistorical(tokens, token)
    case .email(let place): noteEmail(place, tokens, token)
    }
  }

  private mutating func noteEmail(
    _ place: EmailPlace, _ tokens: borrowing JSONTokens, _ token: Int
  ) {
    let byte = tokens.byte(token)
    guard byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "[") else { return }
    header.note(email: token, place)
  }

  /// The value of `historical`, perhaps as a text; null says nothing.
  private func isHistorical(
    _ tokens: borrowing JSONTokens, _ token: Int
  ) throws(EventProblem) -> Bool {
    if tokens.isLiteral(token, "true") { return true }
    if tokens.isLiteral(token, "false") || tokens.isLiteral(token, "null") { return false }
    if tokens.byte(token) == UInt8(ascii: "\""), let raw = try? tokens.string(token) {
      if tokens.text.extracting(raw).equals("true") { return true }
      if tokens.text.extracting(raw).equals("false") { return false }
    }
    guard tokens.beginsValue(token) else { throw tokens.problem(.invalidJSON, token) }
    throw tokens.problem(.wrongFieldType, field: .historical, token)
  }

  private func expectObject(
    _ field: EventField, _ tokens: borrowing JSONTokens, _ token: Int
  ) throws(EventProblem) {
    if tokens.byte(token) == UInt8(ascii: "{") || tokens.isLiteral(token, "null") { return }
    guard tokens.beginsValue(token) else { throw tokens.problem(.invalidJSON, token) }
    throw tokens.problem(.wrongFieldType, field: field, token)
  }

  /// Notes a member of the header, which must be a single token; its value is checked later.
  private mutating func noteHeader(
    _ key: WellKnownSymbol, _ tokens: borrowing JSONTokens, _ token: Int
  ) throws(EventProblem) {
    let byte = tokens.byte(token)
    if byte == UInt8(ascii: "{") || byte == UInt8(ascii: "[") {
      throw tokens.problem(.wrongFieldType, field: key.field, token)
    }
    header.note(token, slot: UInt8(key.rawValue))
  }
}

extension WellKnownSymbol {
  /// The field that problems with this key are about.
  var field: EventField {
    switch self {
    case .type: .type
    case .event: .event
    case .messageID: .messageID
    case .userID: .userID
    case .anonymousID: .anonymousID
    case .timestamp: .timestamp
    case .properties: .properties
    case .traits: .traits
    case .context: .context
    case .email: .email
    case .originalTimestamp: .originalTimestamp
    case .sentAt: .sentAt
    case .groupID: .groupID
    case .previousID: .previousID
    case .historical: .historical
    }
  }
}
