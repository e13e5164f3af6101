// How far a reader has followed the changes of memberships: an address in the log, which batches,
// restarts and compaction do not move.

import Bytes
import Storage

/// A place in the change feed: after one change, or after all changes of a record.
///
/// As text `12.3`, after the change with index 3 of record 12, or `12`, after all of record 12; `0`
/// is the beginning.
public struct FeedCursor: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// The record.
  public let sequence: SequenceNumber
  /// The last change seen in it; nil for all of them.
  public let index: Int?

  /// The greatest index: the encoding has room for one more than it in 32 bits.
  public static let indexMax = Int(UInt32.max) - 1

  /// Before everything.
  public static let start = FeedCursor(sequence: SequenceNumber(0))

  /// The place after all changes of a record.
  public init(sequence: SequenceNumber) {
    self.sequence = sequence
    index = nil
  }

  /// The place after one change of a record; nil for an index below 0 or above `indexMax`.
  public init?(sequence: SequenceNumber, index: Int) {
    guard 0...Self.indexMax ~= index else { return nil }
    self.sequence = sequence
    self.index = index
  }

  /// The place after a change that stands in the log, whose indexes are counts in memory.
  package init(_ change: RecordedMembershipChange) {
    sequence = change.sequence
    index = min(max(change.index, 0), Self.indexMax)
  }

  /// Reads the text form; nil for any other text, and for an index above `indexMax`.
  public init?(_ text: String) {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy { 0x30...0x39 ~= $0 } }),
      parts.count <= 2, let sequence = parts.first.flatMap({ UInt64($0) })
    else { return nil }
    guard parts.count == 2 else {
      self.init(sequence: SequenceNumber(sequence))
      return
    }
    guard let index = Int(parts[1]) else { return nil }
    self.init(sequence: SequenceNumber(sequence), index: index)
  }

  /// The text form.
  public var description: String {
    index.map { "\(sequence.value).\($0)" } ?? "\(sequence.value)"
  }

  /// Whether `a` comes first.
  public static func < (a: Self, b: Self) -> Bool {
    (a.sequence, a.index ?? .max) < (b.sequence, b.index ?? .max)
  }

  /// Whether a change lies before or at this place.
  package func covers(_ sequence: SequenceNumber, _ index: Int) -> Bool {
    (sequence, index) <= (self.sequence, self.index ?? .max)
  }

  init(_ reader: inout ByteReader) throws(DecodeError) {
    sequence = SequenceNumber(try reader.varint())
    let next = try reader.varint32()
    index = next == 0 ? nil : Int(next - 1)
  }

  func encode(into writer: inout ByteWriter) {
    writer.varint(sequence.value)
    writer.varint(index.map { UInt64($0) + 1 } ?? 0)
  }
}
