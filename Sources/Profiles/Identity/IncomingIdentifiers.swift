// The identifiers of the event in hand, highest priority first, in flat reusable arrays.

import Bytes
import Events
import Storage

/// The identifiers that one event carries, in priority order; the first is the event's home.
///
/// Not copied: filled for one event, read, and emptied for the next.
public struct IncomingIdentifiers: ~Copyable {
  struct Entry: BitwiseCopyable {
    var type: UInt16
    var hash: Hash128
    /// Where its value begins among the bytes, and how long it is.
    var start: Int
    var count: Int
  }

  private(set) var entries = ReusableArray<Entry>()
  /// The account that the event counts for.
  private(set) var account: Entry?
  /// The id of before that an alias call names, once as each type that it can be of, the likelier first.
  private(set) var former = ReusableArray<Entry>()
  /// The types of values that identify nobody.
  public private(set) var blocked: [IdentifierType] = []
  private var bytes = ReusableArray<UInt8>(minimumCapacity: 256)

  /// Starts empty.
  public init() {}

  /// The number of identifiers.
  public var count: Int { entries.count }

  /// Forgets all identifiers, keeping the memory.
  public mutating func removeAll() {
    entries.removeAll()
    bytes.removeAll()
    account = nil
    former.removeAll()
    if !blocked.isEmpty { blocked.removeAll(keepingCapacity: true) }
  }

  /// Names the account that the event counts for.
  public mutating func setAccount(hash: Hash128, value: RawSpan) {
    account = entry(type: IdentifierType.groupID.rawValue, hash: hash, value: value)
  }

  /// Adds an id of before as one more type that it can be of.
  public mutating func appendFormer(type: UInt16, hash: Hash128, value: RawSpan) {
    former.append(entry(type: type, hash: hash, value: value))
  }

  /// Notes a value that identifies nobody.
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
    return Entry(type: type, hash: hash, start: start, count: value.byteCount)
  }

  /// Adds an identifier of lower priority than those before; one already present is skipped.
  public mutating func append(type: UInt16, hash: Hash128, value: RawSpan) {
    if has(hash) { return }
    entries.append(entry(type: type, hash: hash, value: value))
  }

  /// Whether one of the identifiers has a hash.
  func has(_ hash: Hash128) -> Bool {
    for index in entries.indices where entries[index].hash == hash { return true }
    return false
  }

  /// The bytes of one entry's value.
  @_lifetime(borrow self)
  func value(of entry: Entry) -> RawSpan {
    bytes.span.bytes.extracting(entry.start..<(entry.start + entry.count))
  }
}
