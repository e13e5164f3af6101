// From a record as it lies in a block to the record that its writer knew.

import Bytes

/// Reads the records of one block.
struct Unpacking {
  private let header: BlockHeader
  private let form: (any PayloadForm)?
  private let file: String

  /// - Throws: `newerFormat` for a packed block where no form is known.
  init(_ header: BlockHeader, _ form: (any PayloadForm)?, _ part: LogPart) throws(StoreError) {
    self.header = header
    self.form = form
    file = part.bytes.name
    guard !header.isPacked || form != nil else {
      throw .unknown(
        "block flags", UInt64(BlockHeader.packedFlag), file, at: Int(header.offset))
    }
  }

  /// Passes a record to `body`, with its payload as it was before it was packed.
  ///
  /// - Parameters:
  ///   - shapes: Where the shapes of the block lie in `plain`.
  ///   - payload: What it is unpacked into.
  func read(
    _ record: borrowing StoredRecord, _ shapes: [Range<Int>], of plain: RawSpan,
    through payload: inout [UInt8], _ body: (borrowing RecordView) throws(StoreError) -> Void
  ) throws(StoreError) {
    guard record.shape > 0, let form else { return try body(record.view) }
    let fields = record.fields
    let count: Int
    do throws(DecodeError) {
      guard record.shape <= shapes.count else { throw DecodeError(.invalidValue, at: 0) }
      let parts = PackedParts(
        shape: plain.extracting(shapes[Int(record.shape) - 1]),
        values: record.bytes.extracting(0..<fields.payloadCount), loose: record.loose,
        receivedAt: fields.receivedAt)
      count = try form.unpack(parts, into: &payload)
    } catch {
      throw .corrupt("\(error.reason) in a packed record", file, at: Int(header.offset))
    }
    try body(
      RecordView(
        fields, sequence: record.sequence, payload: payload.span.bytes.extracting(0..<count),
        decisions: record.bytes.extracting(fields.payloadCount..<record.bytes.byteCount)))
  }
}
