// The profiles before everything was derived again. Decisions name profiles by their ordinals, and
// a refold assigns those to others; so the record that causes it keeps the ids that belonged to
// them.

import Bytes
import Profiles
import Storage

/// The ids of all profiles by the ordinals that they had up to a refold.
///
/// Nearly all ids follow from the record that created the profile, and profiles come in the order of those
/// records, so that most take one byte.
///
/// Encoding: tag 32, u32 count, u32 length of the rest in bytes, then for each profile a varint
/// `d << 2 | form`, where d is how many records after the profile before it was created. Form 0 is a person
/// whose id follows from the record, 1 an account, 2 any other profile: its id follows, high u64 and low u64.
public struct FormerProfiles: Sendable {
  static let tag: UInt8 = 32
  /// Profiles between two places that reading can begin at.
  private static let stride = 64

  private enum Form: UInt64 {
    case person = 0
    case account = 1
    case explicit = 2
  }

  /// How many profiles there were, absorbed ones included.
  public private(set) var count: UInt32 = 0
  private var entries = ByteWriter()
  /// For every 64th profile where its entry begins, and the record of the one before.
  private var places: [(offset: Int, sequence: UInt64)] = []
  private var lastSequence: UInt64 = 0

  /// The profiles of a state.
  ///
  /// - Complexity: O(profiles) lookups.
  init(of profiles: ProfileTables, seed: HashSeed) throws(StoreError) {
    for ordinal in 0..<profiles.profileCount {
      let (id, kind, sequence) = try profiles.profileRow(ProfileOrdinal(ordinal)) {
        (row) throws(DecodeError) in
        (row.id, row.kind, row.createdSequence)
      }
      guard sequence.value >= lastSequence else {
        throw .derivedMismatch("profiles", "one was created before the one before it")
      }
      append(id, kind, at: sequence, seed: seed)
    }
  }

  private mutating func append(
    _ id: ProfileID, _ kind: EntityKind, at sequence: SequenceNumber, seed: HashSeed
  ) {
    notePlace(entries.count)
    let step = (sequence.value - lastSequence) << 2
    if kind == .person, id == ProfileID(.person, createdAt: sequence, seed: seed) {
      entries.varint(step | Form.person.rawValue)
    } else if kind == .account, id == ProfileID(.account, createdAt: sequence, seed: seed) {
      entries.varint(step | Form.account.rawValue)
    } else {
      entries.varint(step | Form.explicit.rawValue)
      entries.u64(id.bits.high)
      entries.u64(id.bits.low)
    }
    lastSequence = sequence.value
    count += 1
  }

  /// Remembers where the next entry begins, if reading is to begin there.
  private mutating func notePlace(_ offset: Int) {
    guard Int(count).isMultiple(of: Self.stride) else { return }
    places.append((offset, lastSequence))
  }

  func encode(into writer: inout ByteWriter) {
    writer.u8(Self.tag)
    writer.u32(count)
    writer.u32(UInt32(entries.count))
    writer.append(entries.bytes)
  }

  /// Decodes what follows the tag.
  ///
  /// - Complexity: O(profiles); every entry is checked.
  init(_ reader: inout ByteReader) throws(DecodeError) {
    let total = try reader.u32()
    let bytes = try reader.bytes(Int(try reader.u32()))
    var entryReader = ByteReader(bytes)
    while count < total {
      notePlace(entryReader.offset)
      lastSequence = try Self.readEntry(&entryReader, after: lastSequence).sequence
      count += 1
    }
    try entryReader.expectEnd()
    entries.append(bytes)
  }

  /// The id that went with an ordinal; nil if there was no such profile.
  ///
  /// - Complexity: O(1): at most 64 entries are read.
  func id(of profile: ProfileOrdinal, seed: HashSeed) throws(DecodeError) -> ProfileID? {
    guard profile.value < count else { return nil }
    let place = places[Int(profile.value) / Self.stride]
    let bytes = entries.bytes
    var reader = ByteReader(bytes.span.bytes, at: place.offset)
    var sequence = place.sequence
    for _ in 0..<(Int(profile.value) % Self.stride) {
      sequence = try Self.readEntry(&reader, after: sequence).sequence
    }
    let entry = try Self.readEntry(&reader, after: sequence)
    let created = SequenceNumber(entry.sequence)
    return switch entry.form {
    case .person: ProfileID(.person, createdAt: created, seed: seed)
    case .account: ProfileID(.account, createdAt: created, seed: seed)
    case .explicit: entry.id
    }
  }

  /// Reads one entry; `id` is there for the explicit form.
  private static func readEntry(
    _ reader: inout ByteReader, after sequence: UInt64
  ) throws(DecodeError) -> (sequence: UInt64, form: Form, id: ProfileID?) {
    let word = try reader.varint()
    let (sum, isOver) = sequence.addingReportingOverflow(word >> 2)
    guard !isOver, let form = Form(rawValue: word & 3) else { throw reader.invalid() }
    guard form == .explicit else { return (sum, form, nil) }
    return (sum, form, ProfileID(Hash128(high: try reader.u64(), low: try reader.u64())))
  }
}

extension FormerProfiles: Equatable {
  /// Whether both are the same bytes.
  public static func == (a: Self, b: Self) -> Bool {
    a.count == b.count && a.entries.bytes == b.entries.bytes
  }
}
