// The keyed hashes of events, each kind in a domain of its own. Here once, because the parser
// computes them at the door and a rebuild computes them again from the log.

import Bytes

/// The keyed hashes by which duplicates and identifiers are found.
public enum EventHash {
  private static let messageDomain: UInt64 = 1 << 32
  private static let lineDomain: UInt64 = 2 << 32
  static let nameDomain: UInt64 = 3 << 32

  /// The hash of an identifier's normalised text.
  public static func identifier(
    _ type: IdentifierType, _ text: RawSpan, seed: HashSeed
  ) -> Hash128 {
    seed.hash(text, domain: UInt64(type.rawValue))
  }

  /// The hash of an event's message id within a source.
  ///
  /// - Parameter idBytes: As `EventView.idBytes` gives them.
  public static func message(_ idBytes: RawSpan, source: SourceID, seed: HashSeed) -> Hash128 {
    seed.hash(idBytes, domain: messageDomain | UInt64(source.value))
  }

  /// The hash of a quarantined line within a source.
  public static func line(_ line: RawSpan, source: SourceID, seed: HashSeed) -> Hash128 {
    seed.hash(line, domain: lineDomain | UInt64(source.value))
  }
}
