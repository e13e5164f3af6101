// The memory of a tree of structures. Apart, because it is addressed without a check: a node is read several
// times for each key of each event. Nodes do not move, so that they can point at one another.

/// Nodes by number, from 0.
///
/// The numbers in a tree come from the tree alone, which gives out those that `append` returns.
struct ShapeNodes: ~Copyable {
  /// The most nodes; only what is used of their memory is ever touched.
  let capacity: Int
  private let memory: UnsafeMutablePointer<ShapeNode>
  /// The number of nodes.
  private(set) var count = 0

  init(capacity: Int) {
    self.capacity = capacity
    memory = .allocate(capacity: capacity)
  }

  deinit { memory.deallocate() }

  /// The first node, which matches nothing.
  @inline(__always)
  var none: UnsafeMutablePointer<ShapeNode> { memory }

  /// The node with a number that `append` gave it.
  subscript(_ node: UInt32) -> UnsafeMutablePointer<ShapeNode> {
    assert(node < count, "not a node")
    return memory + Int(node)
  }

  /// Forgets all nodes but the first; keeps the memory.
  mutating func removeAll() {
    memory.initialize(to: ShapeNode(none: memory))
    count = 1
  }

  /// Adds a node; nil if there is no room for it.
  mutating func append(_ node: ShapeNode) -> UnsafeMutablePointer<ShapeNode>? {
    guard count < capacity else { return nil }
    let place = memory + count
    place.initialize(to: node)
    place.pointee.number = UInt32(count)
    count += 1
    return place
  }
}

extension UnsafeMutablePointer<ShapeNode> {
  /// Whether the key of the node begins at `text`, of which 16 bytes can be read; of a long key, its first 16 bytes.
  @inline(__always)
  func begins(_ text: UnsafeRawPointer) -> Bool {
    let head = UInt64(littleEndian: text.loadUnaligned(as: UInt64.self))
    let tail = UInt64(
      littleEndian: text.loadUnaligned(
        fromByteOffset: Int(pointee.tailOffset), as: UInt64.self))
    return ((head ^ pointee.head) | (tail ^ pointee.tail)) & pointee.mask == 0
  }

  /// Which of the two nodes that came after this one last has its key at `text`; nil if none has, or the key is long.
  ///
  /// The other one is tried second the next time.
  @inline(__always)
  func known(_ text: UnsafeRawPointer) -> ShapeNodePointer? {
    let (likely, second) = (pointee.next, pointee.nextButOne)
    if likely.begins(text) { return likely.pointee.isLong ? nil : likely }
    guard second.begins(text), !second.pointee.isLong else { return nil }
    (pointee.next, pointee.nextButOne) = (second, likely)
    return second
  }

  /// What has to be done for a member in a call of the parser, given the byte that its value begins with.
  @inline(__always)
  func step(_ byte: UInt8, _ call: UInt32) -> ShapeNode.Work {
    let isContainer = byte == UInt8(ascii: "{") || byte == UInt8(ascii: "[")
    if pointee.work == .header { return isContainer ? .other : .header }
    guard pointee.lastCall == call else { return .other }
    if pointee.work == .object { return byte == UInt8(ascii: "{") ? .object : .other }
    return pointee.work
  }
}
