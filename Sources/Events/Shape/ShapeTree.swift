// The structures that events of one input have had, as a tree. Events of one kind have the same keys in the
// same order, so that a key is nearly always the one that came at this place before: one comparison of bytes
// tells, and all that depends on the structure alone is known with it. (The idea is that of hidden classes.)

import Bytes

/// Nodes of structures; bounded, because senders choose the keys.
///
/// Never wrong: what it does not hold, or does not take, goes through `ValueEncoder`'s general path.
struct ShapeTree: ~Copyable {
  /// The beginning of an event.
  static let event: UInt32 = 1
  /// So many nodes at most; beyond, all are forgotten and made again as events come.
  private static let nodesMax = 1 << 16
  /// So many bytes of keys at most, likewise.
  private static let keyBytesMax = 4 << 20

  var nodes = ShapeNodes()
  private var keys: [UInt8] = []
  /// The nodes by the node before them and their symbol.
  private var index = NumberSlots()
  private let salt: UInt64
  private let limits: EventLimits
  /// The fields whose places are noted.
  private(set) var fields = FieldTable()

  /// - Parameter salt: A secret of the store.
  init(limits: EventLimits, salt: UInt64) {
    self.limits = limits
    self.salt = salt
    removeAll()
  }

  /// Forgets everything.
  mutating func removeAll() {
    nodes.removeAll()
    keys.removeAll(keepingCapacity: true)
    index.removeAll()
    _ = nodes.append(ShapeNode())
    var event = ShapeNode()
    event.scope = .event
    event.depth = 1
    event.previous = Self.event
    _ = nodes.append(event)
  }

  /// Notes the places of other fields from now on, if there are more than before.
  mutating func use(_ fields: FieldTable) {
    guard fields.count != self.fields.count else { return }
    self.fields = fields
    removeAll()
  }

  /// Makes room for the next event.
  mutating func bound() {
    if nodes.count > Self.nodesMax || keys.count > Self.keyBytesMax { removeAll() }
  }

  /// Whether the key of a node stands at `start` in a text that goes on for eight bytes more at least.
  ///
  /// Changes nothing; were it not mutating, the compiler would copy the tree's fields for each key.
  @inline(__always)
  mutating func matches(_ node: UInt32, _ text: RawSpan, at start: Int) -> Bool {
    let head = nodes[node].head
    let length = Int(nodes[node].length)
    let word = text.load(at: start, as: UInt64.self)
    if length <= 8 { return (word ^ head) & nodes[node].mask == 0 }
    guard word == head,
      text.load(at: start &+ length &- 8, as: UInt64.self) == nodes[node].tail
    else { return false }
    return length <= 16 || matchesInside(node, text, at: start)
  }

  @inline(never)
  private func matchesInside(_ node: UInt32, _ text: RawSpan, at start: Int) -> Bool {
    let place = Int(nodes[node].start)
    let length = Int(nodes[node].length)
    return keys.span.bytes.extracting(place..<(place + length))
      .elementsEqual(text.extracting(start..<(start + length)))
  }

  /// The node of a key after another node of the object; 0 for one that has to go the general way.
  ///
  /// - Parameters:
  ///   - key: The key, which has no escapes.
  ///   - symbol: Its symbol.
  mutating func child(of node: UInt32, _ key: RawSpan, _ symbol: Symbol) -> UInt32 {
    let known = index.find(hash: hash(node, symbol)) { number in
      nodes[number].previous == node && nodes[number].symbol == symbol.value
    }
    let child = known ?? make(after: node, key, symbol)
    if child != 0 { prefer(child, after: node) }
    return child
  }

  /// Tries a node first the next time.
  mutating func prefer(_ child: UInt32, after node: UInt32) {
    nodes[node].nextButOne = nodes[node].next
    nodes[node].next = child
  }

  /// The beginning of an object, or of a list, that is a value of `node`; 0 for one that has to go the general
  /// way.
  @inline(__always)
  mutating func value(of node: UInt32, isObject: Bool) -> UInt32 {
    let known = isObject ? nodes[node].object : nodes[node].list
    return known != 0 ? known : makeValue(of: node, isObject: isObject)
  }

  @inline(never)
  private mutating func makeValue(of node: UInt32, isObject: Bool) -> UInt32 {
    let depth = nodes[node].depth + 1
    guard Int(depth) <= limits.depthMax, depth < UInt8.max else { return 0 }
    let parent = nodes[node]
    var value = ShapeNode()
    value.depth = depth
    value.previous = UInt32(nodes.count)
    // A list's elements mean nothing, and a list is a node without a key.
    value.scope =
      isObject && parent.length > 0
      ? parent.scope.inner(of: WellKnownSymbol(rawValue: parent.symbol)) : .other
    value.container = isObject ? parent.place : 0
    let made = nodes.append(value)
    if isObject { nodes[node].object = made } else { nodes[node].list = made }
    return made
  }

  @inline(never)
  private mutating func make(after node: UInt32, _ key: RawSpan, _ symbol: Symbol) -> UInt32 {
    let parent = nodes[node]
    guard parent.memberCount < limits.propertiesMax, !has(symbol, upTo: node) else { return 0 }
    let known = WellKnownSymbol(rawValue: symbol.value)
    var child = ShapeNode()
    child.scope = parent.scope
    child.depth = parent.depth
    child.container = parent.container
    child.role = parent.scope.role(of: known)
    child.takesEmptyList = parent.scope.hasObject(key)
    child.symbol = symbol.value
    child.memberCount = parent.memberCount + 1
    child.previous = node
    setPlace(of: &child, below: parent, isTop: parent.scope == .event)
    setKey(key, of: &child)
    let made = nodes.append(child)
    index.add(made, hash: hash(node, symbol))
    return made
  }

  /// Salted, because senders choose what is a key and must not choose which keys collide.
  ///
  /// Source: the finaliser of MurmurHash3, with the salt before and between its steps.
  private func hash(_ node: UInt32, _ symbol: Symbol) -> UInt64 {
    var key = (UInt64(node) << 32 | UInt64(symbol.value)) ^ salt
    key = (key ^ key >> 33) &* 0xFF51_AFD7_ED55_8CCD
    key = (key ^ key >> 33 ^ salt) &* 0xC4CE_B9FE_1A85_EC53
    return key ^ key >> 33
  }

  /// Finds the place of a member among the fields, given the node before it in the object.
  private func setPlace(of member: inout ShapeNode, below before: ShapeNode, isTop: Bool) {
    // All members of an object stand below the place of its beginning.
    guard isTop || before.container != 0,
      let place = fields.child(of: Int(before.container), Symbol(member.symbol))
    else { return }
    member.place = UInt16(place)
    member.field = fields.field(at: place).map { UInt16($0 + 1) } ?? 0
  }

  /// Whether an object has a key among those up to a node.
  private func has(_ symbol: Symbol, upTo node: UInt32) -> Bool {
    var place = node
    while nodes[place].previous != place {
      if nodes[place].symbol == symbol.value { return true }
      place = nodes[place].previous
    }
    return false
  }

  private mutating func setKey(_ key: RawSpan, of node: inout ShapeNode) {
    node.start = UInt32(keys.count)
    keys.append(key)
    keys.append(UInt8(ascii: "\""))
    let length = key.byteCount + 1
    node.length = UInt32(length)
    node.mask = length >= 8 ? .max : 1 << UInt64(8 * length) - 1
    let place = Int(node.start)
    for offset in 0..<min(length, 8) {
      node.head |= UInt64(keys[place + offset]) << UInt64(8 * offset)
    }
    node.tail = node.head
    if length > 8 { node.tail = keys.span.bytes.load(at: place + length - 8, as: UInt64.self) }
    var rest = node.symbol
    var shift: UInt32 = 0
    while true {
      node.storedKeyLength += 1
      node.storedKey |= (rest & 0x7F | (rest >= 0x80 ? 0x80 : 0)) << shift
      rest >>= 7
      shift += 8
      if rest == 0 { break }
    }
  }
}
