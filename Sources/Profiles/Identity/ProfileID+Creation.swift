// How a profile gets its id. Apart from the graph, because code that reads what was recorded of profiles
// that are no more works the ids out again.

import Bytes
import Storage

extension ProfileID {
  /// The id of the profile that a record creates: it follows from the store's secret and the record, so
  /// the same log gives the same ids.
  ///
  /// - Parameter index: Tells apart the profiles that one record creates.
  public init(
    _ kind: EntityKind, createdAt sequence: SequenceNumber, index: UInt32 = 0, seed: HashSeed
  ) {
    if index == 0, kind == .person {
      // Hot: no writer, which takes memory.
      let bytes: [1 of UInt64] = [sequence.value.littleEndian]
      self.init(seed.hash(bytes.span.bytes, domain: HashDomain.profileID))
      return
    }
    var writer = ByteWriter(capacity: 16)
    writer.u64(sequence.value)
    writer.u8(kind.rawValue)
    writer.u32(index)
    self.init(seed.hash(writer.bytes.span.bytes, domain: HashDomain.profileID))
  }
}

/// The domains that keep keyed hashes of different things apart.
///
/// Identifier types use their own raw value, below 65,536.
public enum HashDomain {
  /// Profile ids, from the sequence of the creating record.
  public static let profileID: UInt64 = 0x1_0000
}
