// The keyed hashes of events, each kind in a domain of its own. Here once, because the parser
// computes them at the door and a rebuild computes them again from the log.

import Bytes

/// The keyed hashes by which duplicates and identifiers are found.
public enum EventHash {
  private static let messageDomain: UInt64 = 1 << 32
  private static let lineDomain: UInt64 = 2 << 32
  static let nameDomain: UInt64 = 3 << 32
  private static let contentDomain: UInt64 = 4 << 32
  private static let derivedDomain: UInt64 = 5 << 32
  /// Not of events: a salt for tables of what senders choose.
  private static let saltDomain: UInt64 = 6 << 32

  /// A number that senders cannot know, the same for all parsers of a store.
  static func salt(seed: HashSeed) -> UInt64 {
    let nothing: [UInt8] = []
    return seed.hash(nothing.span.bytes, domain: saltDomain).low
  }

  /// The hash of an identifier's normalised text.
  public static func identifier(
    _ type: IdentifierType, _ text: RawSpan, seed: HashSeed
  ) -> Hash128 {
    seed.hash(text, domain: UInt64(type.rawValue))
  }

  /// The hash of an event's message id within a source.
  ///
  /// - Parameters:
  ///   - idBytes: As `EventView.idBytes` gives them.
  ///   - isNumber: Whether the id was sent as a number: equal numbers have equal hashes.
  static func message(
    _ idBytes: RawSpan, isNumber: Bool, source: SourceID, seed: HashSeed
  ) -> Hash128 {
    MessageIDBytes.withCompared(idBytes, isNumber: isNumber) {
      seed.hash($0, domain: messageDomain | UInt64(source.value))
    }
  }

  /// The hash of what an event without an id holds, as `EventContent` writes it, within a source.
  static func content(_ bytes: RawSpan, source: SourceID, seed: HashSeed) -> Hash128 {
    seed.hash(bytes, domain: contentDomain | UInt64(source.value))
  }

  /// The id of the n-th event with one content in an input, from 0.
  static func derivedID(_ content: Hash128, occurrence: UInt32, seed: HashSeed) -> Hash128 {
    var bytes = ByteWriter(capacity: 20)
    bytes.u64(content.high)
    bytes.u64(content.low)
    bytes.u32(occurrence)
    let text = bytes.bytes
    return seed.hash(text.span.bytes, domain: derivedDomain)
  }

  /// The hash of a quarantined line within a source.
  ///
  /// - Parameter occurrence: How many equal lines came before it in its input.
  public static func line(
    _ line: RawSpan, occurrence: UInt32, source: SourceID, seed: HashSeed
  ) -> Hash128 {
    let content = seed.hash(line, domain: lineDomain | UInt64(source.value))
    return occurrence == 0 ? content : derivedID(content, occurrence: occurrence, seed: seed)
  }
}
