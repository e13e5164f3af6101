// The paths that are asked for of every event, as a tree of keys, so that the parser can note where their
// values lie while it has them at hand.

import Bytes

/// Paths below the members of events that are not in the header, numbered from 0.
///
/// Only ever added to: a number means the same path as long as the store is open.
struct FieldTable: Sendable {
  private struct Node: Sendable {
    var symbol: Symbol
    var parent: Int
    /// The number of the field that ends here; nil if none does.
    var field: Int?
  }

  /// The event itself.
  static let root = 0
  /// So many fields at most: each costs four bytes of every parsed event.
  private static let fieldsMax = 256

  private var nodes = [Node(symbol: Symbol(0), parent: 0)]
  /// The number of fields.
  private(set) var count = 0

  /// The number of a path, which is added if it is new; nil beyond the bound, or for what is in the header.
  mutating func number(of keys: [Symbol]) -> Int? {
    guard let first = keys.first, WellKnownSymbol(rawValue: first.value)?.isHeader != true else {
      return nil
    }
    var place = Self.root
    for key in keys {
      if let next = child(of: place, key) {
        place = next
      } else {
        guard count < Self.fieldsMax, nodes.count < Int(UInt16.max) else { return nil }
        nodes.append(Node(symbol: key, parent: place))
        place = nodes.count - 1
      }
    }
    if let field = nodes[place].field { return field }
    guard count < Self.fieldsMax else { return nil }
    nodes[place].field = count
    count += 1
    return count - 1
  }

  /// The node of a key below another; nil if no path goes there.
  ///
  /// Complexity: O(nodes); asked once for each structure that is new.
  func child(of node: Int, _ symbol: Symbol) -> Int? {
    nodes.indices.dropFirst().first { nodes[$0].parent == node && nodes[$0].symbol == symbol }
  }

  /// The number of the field that ends at a node; nil if none does.
  func field(at node: Int) -> Int? { nodes[node].field }
}
