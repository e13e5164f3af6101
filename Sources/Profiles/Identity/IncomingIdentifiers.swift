// The identifiers of the event in hand, highest priority first, in flat reusable arrays.

import Bytes
import Storage

/// The identifiers that one event carries, in priority order; the first is the event's home.
public struct IncomingIdentifiers {
  struct Entry {
    var type: UInt16
    var hash: Hash128
    var range: Range<Int>
  }

  var entries: [Entry] = []
  private var bytes: [UInt8] = []

  /// Starts empty.
  public init() {}

  /// The number of identifiers.
  public var count: Int { entries.count }

  /// Forgets all identifiers, keeping the memory.
  public mutating func removeAll() {
    entries.removeAll(keepingCapacity: true)
    bytes.removeAll(keepingCapacity: true)
  }

  /// Adds an identifier of lower priority than those before; one already present is passed over.
  public mutating func append(type: UInt16, hash: Hash128, value: RawSpan) {
    if entries.contains(where: { $0.hash == hash }) { return }
    let start = bytes.count
    value.withUnsafeBytes { bytes.append(contentsOf: $0) }
    entries.append(Entry(type: type, hash: hash, range: start..<bytes.count))
  }

  func value<R, E: Error>(
    at index: Int, _ body: (RawSpan) throws(E) -> R
  ) throws(E) -> R {
    try body(bytes.span.bytes.extracting(entries[index].range))
  }
}
