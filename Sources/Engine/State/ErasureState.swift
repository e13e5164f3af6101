// What the state knows of erasures: which were asked for and which are done.

import Bytes

/// An erasure that was asked for, or rules after which the log is searched again for what was erased before.
///
/// Encoding: sequence as a varint, the requesting instant as zigzag, varints of persons and identifiers, then
/// the length-prefixed extent, empty if it is not known, and the length-prefixed receipt, empty while there is
/// none.
struct ErasureState: Equatable, Sendable {
  var sequence: SequenceNumber
  var requested: Timestamp
  var persons: UInt32
  var identifiers: UInt32
  /// How much it takes; nil where the record does not say.
  var extent: ErasureExtent?
  /// What it came to; nil while something may be left.
  var receipt: ErasureReceipt?

  init(_ record: ErasureRecord, at sequence: SequenceNumber) {
    self.sequence = sequence
    requested = record.appliedAt
    persons = record.persons
    identifiers = UInt32(record.hashes.count)
    extent = record.extent
  }

  /// Rules that were applied after people had been erased.
  init(rulesAt sequence: SequenceNumber, _ requested: Timestamp) {
    self.sequence = sequence
    self.requested = requested
    persons = 0
    identifiers = 0
  }

  init(_ reader: inout ByteReader) throws(DecodeError) {
    sequence = SequenceNumber(try reader.varint())
    requested = Timestamp(milliseconds: try reader.zigzag())
    persons = try reader.varint32()
    identifiers = try reader.varint32()
    var extentReader = ByteReader(try reader.lengthPrefixed())
    extent = extentReader.isAtEnd ? nil : try ErasureExtent(&extentReader)
    let bytes = try reader.lengthPrefixed()
    receipt = bytes.byteCount == 0 ? nil : try ErasureReceipt(bytes)
  }

  func encode(into writer: inout ByteWriter) {
    writer.varint(sequence.value)
    writer.zigzag(requested.milliseconds)
    writer.varint(UInt64(persons))
    writer.varint(UInt64(identifiers))
    var extentWriter = ByteWriter()
    extent?.encode(into: &extentWriter)
    writer.lengthPrefixed(extentWriter.bytes)
    writer.lengthPrefixed(receipt?.encode() ?? [])
  }
}

extension Scalars {
  /// The erasure of which something may be left; there is one at most.
  var unfinishedErasure: ErasureState? { erasures.last { $0.receipt == nil } }

  /// Rules may read identifiers of people who have been erased where nobody looked before: what they find is
  /// erased like the rest.
  mutating func search(afterRulesAt sequence: SequenceNumber, _ instant: Timestamp) {
    guard !erasures.isEmpty else { return }
    erasures.append(ErasureState(rulesAt: sequence, instant))
  }

  /// Takes note that an erasure is done.
  mutating func fold(_ receipt: ErasureReceipt) {
    for index in erasures.indices where erasures[index].sequence == receipt.sequence {
      erasures[index].receipt = receipt
    }
  }
}
