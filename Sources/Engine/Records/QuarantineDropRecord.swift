// Quarantined lines that have been dropped, as an input: they no longer count and are not tried again.

import Bytes

/// Lines that leave the quarantine without becoming anything.
///
/// Encoding: their number as a varint, then the sequences, ascending, each as a varint difference from the one
/// before.
package struct QuarantineDropRecord: Equatable {
  /// The most lines of one record, so that none outgrows its block.
  static let linesMax = 10_000

  /// The records that keep the lines, ascending.
  var lines: [SequenceNumber]

  init(lines: [SequenceNumber]) { self.lines = lines }

  init(_ payload: RawSpan) throws(DecodeError) {
    var reader = ByteReader(payload)
    lines = []
    var last: UInt64 = 0
    for _ in 0..<(try reader.count()) {
      let (next, overflow) = last.addingReportingOverflow(try reader.varint())
      guard !overflow, next > last else { throw reader.invalid() }
      lines.append(SequenceNumber(next))
      last = next
    }
    try reader.expectEnd()
  }

  func encode() -> [UInt8] {
    var writer = ByteWriter()
    writer.varint(UInt64(lines.count))
    var last: UInt64 = 0
    for line in lines {
      writer.varint(line.value - last)
      last = line.value
    }
    return writer.bytes
  }
}
