// The identifiers of the event in hand, highest priority first, in flat reusable arrays.

import Bytes
import Events
import Storage

/// The identifiers that one event carries, in priority order; the first is the event's home.
public struct IncomingIdentifiers {
  struct Entry {
    var type: UInt16
    var hash: Hash128
    var range: Range<Int>
  }

  var entries: [Entry] = []
  /// The account that the event counts for.
  private(set) var account: Entry?
  /// The id of before that an alias call names, once as each type that it can be of, the likelier first.
  private(set) var former: [Entry] = []
  /// The types of values that stand for nobody.
  public private(set) var blocked: [IdentifierType] = []
  private var bytes: [UInt8] = []

  /// Starts empty.
  public init() {}

  /// The number of identifiers.
  public var count: Int { entries.count }

  /// Forgets all identifiers, keeping the memory.
  public mutating func removeAll() {
    entries.removeAll(keepingCapacity: true)
    bytes.removeAll(keepingCapacity: true)
    account = nil
    former.removeAll(keepingCapacity: true)
    blocked.removeAll(keepingCapacity: true)
  }

  /// Names the account that the event counts for.
  public mutating func setAccount(hash: Hash128, value: RawSpan) {
    account = entry(type: IdentifierType.groupID.rawValue, hash: hash, value: value)
  }

  /// Adds an id of before as one more type that it can be of.
  public mutating func appendFormer(type: UInt16, hash: Hash128, value: RawSpan) {
    former.append(entry(type: type, hash: hash, value: value))
  }

  /// Notes a value that stands for nobody.
  public mutating func block(_ type: IdentifierType) { blocked.append(type) }

  /// Takes in what `reader` found in an event of the log.
  public mutating func replace(with found: borrowing FoundIdentifiers, seed: HashSeed) {
    removeAll()
    for entry in found.entries {
      let value = found.value(of: entry)
      append(
        type: entry.type.rawValue, hash: EventHash.identifier(entry.type, value, seed: seed),
        value: value)
    }
    if let account = found.account {
      let value = found.value(of: account)
      setAccount(hash: EventHash.identifier(.groupID, value, seed: seed), value: value)
    }
    for entry in found.former {
      let value = found.value(of: entry)
      appendFormer(
        type: entry.type.rawValue, hash: EventHash.identifier(entry.type, value, seed: seed),
        value: value)
    }
    for type in found.blocked { block(type) }
  }

  private mutating func entry(type: UInt16, hash: Hash128, value: RawSpan) -> Entry {
    let start = bytes.count
    bytes.append(value)
    return Entry(type: type, hash: hash, range: start..<bytes.count)
  }

  /// Adds an identifier of lower priority than those before; one already present is passed over.
  public mutating func append(type: UInt16, hash: Hash128, value: RawSpan) {
    if entries.contains(where: { $0.hash == hash }) { return }
    entries.append(entry(type: type, hash: hash, value: value))
  }

  /// The bytes of one entry's value.
  @_lifetime(borrow self)
  func value(in range: Range<Int>) -> RawSpan { bytes.span.bytes.extracting(range) }

  func value<R, E: Error>(
    of entry: Entry, _ body: (RawSpan) throws(E) -> R
  ) throws(E) -> R {
    try body(bytes.span.bytes.extracting(entry.range))
  }
}
