// The structures that events of one input have had, as a tree. Events of one kind have the same keys in the
// same order, so that a key is nearly always the one that came at this place before: one comparison of bytes
// tells, and all that depends on the structure alone is known with it. (The idea is that of hidden classes.)

import Bytes

/// A node of a tree of structures, until the tree forgets all.
typealias ShapeNodePointer = UnsafeMutablePointer<ShapeNode>

/// Nodes of structures; bounded, because senders choose the keys.
///
/// Never wrong: what it does not hold, or does not take, goes through `ValueEncoder`'s general path.
struct ShapeTree: ~Copyable {
  /// So many nodes at most; beyond, all are forgotten and made again as events come.
  private static let nodesMax = 1 << 16
  /// What an event can add to them; one with more goes the general way.
  private static let eventNodesMax = 4096
  /// So many bytes of keys at most, likewise.
  private static let keyBytesMax = 4 << 20

  var nodes = ShapeNodes(capacity: Self.nodesMax + Self.eventNodesMax)
  private var keys: [UInt8] = []
  /// The nodes by the node before them and their symbol.
  private var index = NumberSlots()
  /// The structures that objects led to which ended, by number; see `structure(_:after:)`.
  private var structures: [Structure] = []
  private var structureIndex = NumberSlots()
  /// What tells the structures of this tree from those of others, and of what it has forgotten.
  private var generation: UInt32 = 0
  private let symbols: SymbolTable
  private let salt: UInt64
  private let limits: EventLimits
  /// The fields whose places are noted.
  private(set) var fields = FieldTable()

  /// - Parameter salt: A secret of the store.
  init(symbols: SymbolTable, limits: EventLimits, salt: UInt64) {
    self.symbols = symbols
    self.limits = limits
    self.salt = salt
    removeAll()
  }

  /// The beginning of an event.
  @inline(__always)
  var event: ShapeNodePointer { nodes.none + 1 }

  /// Forgets everything.
  mutating func removeAll() {
    nodes.removeAll()
    keys.removeAll(keepingCapacity: true)
    index.removeAll()
    structures.removeAll(keepingCapacity: true)
    structureIndex.removeAll()
    generation = symbols.nextGeneration()
    var event = ShapeNode(none: nodes.none)
    event.scope = .event
    event.depth = 1
    event.previous = UInt32(nodes.count)
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
    if nodes.count > Self.nodesMax || keys.count > Self.keyBytesMax
      || structures.count > Self.nodesMax
    {
      removeAll()
    }
  }

  /// The structure of the members of an event, whichever tree met them; 0 for none.
  ///
  /// - Parameter structure: What `structure(_:after:)` gave for the event itself.
  @inline(__always)
  func key(of structure: UInt32) -> UInt64 {
    structure == 0 ? 0 : UInt64(generation) << 32 | UInt64(structure)
  }

  /// What there is before an object has ended.
  static let firstStructure: UInt32 = 1

  /// What the objects of an event that have ended so far come to, when one ends after a node.
  ///
  /// A number that stands for the sequence of these nodes, and so for all keys that came and which of them have
  /// objects; 0 for a structure that packed events do not have.
  @inline(__always)
  mutating func structure(_ structure: UInt32, after last: ShapeNodePointer) -> UInt32 {
    last.pointee.closedFrom == structure
      ? last.pointee.closedTo : findStructure(structure, after: last)
  }

  @inline(never)
  private mutating func findStructure(
    _ structure: UInt32, after last: ShapeNodePointer
  ) -> UInt32 {
    // The event itself is at a depth of 1, and is not an object of `PackedLayout`.
    guard structure != 0, Int(last.pointee.depth) <= PackedLayout.depthMax + 1 else { return 0 }
    let entry = Structure(before: structure, last: last.pointee.number)
    let key = hash(entry.last, Symbol(structure))
    let known = structureIndex.find(hash: key) { structures[Int($0) - 1] == entry }
    let number: UInt32
    if let known {
      number = known
    } else {
      guard structures.count < Self.nodesMax + Self.eventNodesMax else { return 0 }
      structures.append(entry)
      number = UInt32(structures.count)
      structureIndex.add(number, hash: key)
    }
    (last.pointee.closedFrom, last.pointee.closedTo) = (structure, Self.firstStructure + number)
    return Self.firstStructure + number
  }

  /// The end of an object: what came before it, and its last node.
  private struct Structure: Equatable {
    var before: UInt32
    var last: UInt32
  }

  /// Whether the long key of a node, whose beginning was found to be there, is there as a whole.
  @inline(never)
  mutating func matchesInside(
    _ node: ShapeNodePointer, _ text: UnsafeRawPointer, end: UnsafeRawPointer
  ) -> Bool {
    let (start, length) = (Int(node.pointee.start), Int(node.pointee.length))
    guard end - text >= length else { return false }
    return keys.withUnsafeBytes { keys in
      keys[start..<(start + length)]
        .elementsEqual(UnsafeRawBufferPointer(start: text, count: length))
    }
  }

  /// The node of a key after another node of the object; nil for one that has to go the general way.
  ///
  /// - Parameters:
  ///   - key: The key, which has no escapes.
  ///   - symbol: Its symbol.
  mutating func child(
    of node: ShapeNodePointer, _ key: RawSpan, _ symbol: Symbol
  ) -> ShapeNodePointer? {
    let previous = node.pointee.number
    let known = index.find(hash: hash(previous, symbol)) { number in
      nodes[number].pointee.previous == previous && nodes[number].pointee.symbol == symbol.value
    }
    let child = known.map { nodes[$0] } ?? make(after: node, key, symbol)
    if let child { prefer(child, after: node) }
    return child
  }

  /// Tries a node first the next time.
  @inline(__always)
  mutating func prefer(_ child: ShapeNodePointer, after node: ShapeNodePointer) {
    node.pointee.nextButOne = node.pointee.next
    node.pointee.next = child
  }

  /// Makes the beginning of an object, or of a list, that is a value of `node`; nil for one that has to go the
  /// general way.
  @inline(never)
  mutating func makeValue(of node: ShapeNodePointer, isObject: Bool) -> ShapeNodePointer? {
    let depth = node.pointee.depth + 1
    guard Int(depth) <= limits.depthMax, depth < UInt8.max else { return nil }
    let parent = node.pointee
    var value = ShapeNode(none: nodes.none)
    value.depth = depth
    value.previous = UInt32(nodes.count)
    // A list's elements mean nothing, and a list is a node without a key.
    value.scope =
      isObject && parent.length > 0
      ? parent.scope.inner(of: WellKnownSymbol(rawValue: parent.symbol)) : .other
    value.container = isObject ? parent.place : 0
    guard let made = nodes.append(value) else { return nil }
    if isObject { node.pointee.object = made } else { node.pointee.list = made }
    return made
  }

  @inline(never)
  private mutating func make(
    after node: ShapeNodePointer, _ key: RawSpan, _ symbol: Symbol
  ) -> ShapeNodePointer? {
    let parent = node.pointee
    guard parent.memberCount < limits.propertiesMax, !has(symbol, upTo: parent.number) else {
      return nil
    }
    let known = WellKnownSymbol(rawValue: symbol.value)
    var child = ShapeNode(none: nodes.none)
    child.scope = parent.scope
    child.depth = parent.depth
    child.container = parent.container
    child.role = parent.scope.role(of: known)
    child.takesEmptyList = parent.scope.hasObject(key)
    child.symbol = symbol.value
    child.memberCount = parent.memberCount + 1
    child.previous = parent.number
    setPlace(of: &child, below: parent, isTop: parent.scope == .event)
    child.setWork()
    setKey(key, of: &child)
    guard let made = nodes.append(child) else { return nil }
    index.add(made.pointee.number, hash: hash(parent.number, symbol))
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
    while nodes[place].pointee.previous != place {
      if nodes[place].pointee.symbol == symbol.value { return true }
      place = nodes[place].pointee.previous
    }
    return false
  }

  private mutating func setKey(_ key: RawSpan, of node: inout ShapeNode) {
    node.start = UInt32(keys.count)
    keys.append(UInt8(ascii: "\""))
    keys.append(key)
    keys.append(contentsOf: "\":".utf8)
    let length = key.byteCount + 3
    node.length = UInt32(length)
    node.mask = length >= 8 ? .max : 1 << UInt64(8 * length) - 1
    let place = Int(node.start)
    for offset in 0..<min(length, 8) {
      node.head |= UInt64(keys[place + offset]) << UInt64(8 * offset)
    }
    node.tail = node.head
    if length > 8 {
      node.tailOffset = UInt8(min(length - 8, 8))
      node.tail = keys.span.bytes.load(at: place + Int(node.tailOffset), as: UInt64.self)
      node.isLong = length > 16
    }
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
