// The list of a store's live files and the few numbers that no file can be trusted to know about
// itself. A value: an edit makes a new one, and `ManifestFile` puts it in place of the old.

import Bytes

/// What a store consists of at one moment.
public struct Manifest: Equatable, Sendable {
  /// A segment of the log.
  public struct Segment: Equatable, Sendable {
    /// The number in its file name and blocks.
    public var number: UInt64
    /// The sequence of its first record.
    public var firstSequence: SequenceNumber
    /// The sequence of its last record; only once it is sealed.
    public var lastSequence: SequenceNumber
    /// The size of its file; only once it is sealed.
    public var byteCount: Int
    /// Whether it is closed permanently.
    ///
    /// All segments but the last are.
    public var isSealed: Bool
  }

  /// A range of sequences that the log no longer holds.
  public struct Gap: Equatable, Sendable {
    /// The first missing sequence.
    public var from: SequenceNumber
    /// The last missing sequence.
    public var through: SequenceNumber
    /// Why; opaque to storage.
    public var reason: UInt8

    /// Describes a gap.
    public init(from: SequenceNumber, through: SequenceNumber, reason: UInt8) {
      self.from = from
      self.through = through
      self.reason = reason
    }
  }

  /// The version of all file formats, raised with any change to one of them.
  ///
  /// 2: events keep their four times and flags; profiles, cells and memberships stand in rows of their
  /// owner; scalars hold identity rules, the tracking plan and destinations.
  /// 3: a record after which everything is derived again says who the profiles were and what changes by it.
  /// 4: the manifest says with which format the store was created; records of format 3 are read as well.
  /// 5: the manifest says how far the active segment is known to be whole.
  /// 6: blocks may be packed: payloads of one shape share what follows from it.
  public static let formatVersion: UInt16 = 6

  /// The oldest format version whose stores can be opened.
  static let oldestFormatVersion: UInt16 = 3

  /// The format version that the store was created with; 0 for format 3, which did not record it.
  public internal(set) var createdFormat = Manifest.formatVersion

  /// The version of the meaning of records that this program has.
  ///
  /// 2: identity by rules with limits; times corrected by the clock of who sent them.
  /// 3: only known traits are taken away by null, `last` passes it over whatever its condition.
  /// 4: values that senders write in other ways are read (times, identifiers, addresses), and sums round.
  /// 5: message ids that are equal numbers are one id; more spellings of e-mail addresses are one;
  /// telephone numbers are of the country that the event says.
  /// 6: the same answers as 5, from derived files of another layout (rows by ordinal, cells in chunks).
  /// 7: the same answers as 6, from derived files that are packed, with holders among profiles and an order in large
  /// tables of cells.
  /// 8: the same answers as 7, from cells with shorter entries, and identifiers that say when the holder is not their
  /// profile.
  /// 9: the same answers as 8, from files of rows that are checked by the kibibyte.
  public static let currentSemantics: UInt32 = 9

  /// The version of the meaning of records, raised when the same log would give other answers.
  public var semanticsVersion = Manifest.currentSemantics
  /// The store's name for itself, repeated in every segment.
  public let storeID: Hash128
  /// The secret of the store's keyed hashes.
  public let seed: HashSeed
  /// The log, oldest first.
  public internal(set) var segments: [Segment]
  /// The highest sequence whose effect is in the derived files; 0 before the first checkpoint.
  public var checkpoint = SequenceNumber(0)
  /// The live runs of the tables, oldest first within each table.
  public var tableRuns: [RunEntry] = []
  /// The live runs of the timer queue, oldest first.
  public var timerRuns: [RunEntry] = []
  /// The number that the next file gets.
  public internal(set) var nextFileNumber: UInt64
  /// Sequences that are missing for a reason, ascending.
  public var gaps: [Gap] = []
  /// The highest sequence that has been erased from or rolled up.
  public var horizon = SequenceNumber(0)
  /// What the layer above stores with the list of files.
  public var scalars: [UInt8] = []
  /// How far the active segment was durable when the manifest was written; nil if it does not say so.
  ///
  /// The log may continue after it.
  var tip: LogTip?

  /// The manifest of a store whose log has one empty segment, number 1.
  init(storeID: Hash128, seed: HashSeed) {
    self.storeID = storeID
    self.seed = seed
    let first = SequenceNumber(1)
    segments = [
      Segment(
        number: 1, firstSequence: first, lastSequence: SequenceNumber(0), byteCount: 0,
        isSealed: false)
    ]
    nextFileNumber = 2
  }

  init(storeID: Hash128, seed: HashSeed, segments: [Segment], nextFileNumber: UInt64) {
    self.storeID = storeID
    self.seed = seed
    self.segments = segments
    self.nextFileNumber = nextFileNumber
  }

  /// The names of the files that the manifest keeps alive.
  var fileNames: Set<String> {
    var names = Set(segments.map { StoreFile.segment($0.number) })
    names.formUnion(tableRuns.map { StoreFile.table($0.file) })
    names.formUnion(timerRuns.map { StoreFile.timers($0.file) })
    return names
  }
}
