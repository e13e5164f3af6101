// The memory of a tree of structures. Apart, because it is addressed without a check: a node is read several
// times for each key of each event.

/// Nodes by number, from 0.
///
/// The numbers in a tree come from the tree alone, which gives out those that `append` returns.
struct ShapeNodes: ~Copyable {
  private var memory = UnsafeMutablePointer<ShapeNode>.allocate(capacity: 256)
  private var capacity = 256
  /// The number of nodes.
  private(set) var count = 0

  init() {}

  deinit {
    memory.deinitialize(count: count)
    memory.deallocate()
  }

  /// The node with a number that `append` returned.
  subscript(_ node: UInt32) -> ShapeNode {
    @inline(__always) _read {
      assert(node < count, "not a node")
      yield memory[Int(node)]
    }
    @inline(__always) _modify {
      assert(node < count, "not a node")
      yield &memory[Int(node)]
    }
  }

  /// Forgets all nodes; keeps the memory.
  mutating func removeAll() {
    memory.deinitialize(count: count)
    count = 0
  }

  /// Adds a node and returns its number.
  mutating func append(_ node: ShapeNode) -> UInt32 {
    if count == capacity { grow() }
    (memory + count).initialize(to: node)
    count += 1
    return UInt32(count - 1)
  }

  private mutating func grow() {
    let larger = UnsafeMutablePointer<ShapeNode>.allocate(capacity: 2 * capacity)
    larger.moveInitialize(from: memory, count: count)
    memory.deallocate()
    memory = larger
    capacity *= 2
  }
}
