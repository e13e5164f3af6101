// A quarantined line that was tried again and found acceptable, as an input: it is driven once.

import Bytes

/// A quarantined line that has been taken in after all.
///
/// The event, if it was not a duplicate, is the record that follows, in the same commit.
///
/// Encoding: the line's sequence as a varint, then the duplicate's sequence, or 0, as a varint.
package struct RedriveRecord: Equatable {
  /// The record that keeps the line.
  var line: SequenceNumber
  /// The event that was in the log already; nil if the line became the event that follows.
  var duplicateOf: SequenceNumber?

  init(line: SequenceNumber, duplicateOf: SequenceNumber? = nil) {
    self.line = line
    self.duplicateOf = duplicateOf
  }

  init(_ payload: RawSpan) throws(DecodeError) {
    var reader = ByteReader(payload)
    line = SequenceNumber(try reader.varint())
    let known = try reader.varint()
    duplicateOf = known == 0 ? nil : SequenceNumber(known)
    try reader.expectEnd()
  }

  func encode() -> [UInt8] {
    var writer = ByteWriter()
    writer.varint(line.value)
    writer.varint(duplicateOf?.value ?? 0)
    return writer.bytes
  }
}
