// Making frames of a home's history; their layout is described in `HistoryFrame.swift`.

import Bytes
import Storage

/// Packs the events of one home after another into frames.
public struct HistoryFrameWriter {
  private var plain = ByteWriter(capacity: HistoryFrame.plainBytesWanted)
  private var scratch: [UInt8] = []
  private var recordCount = 0
  private var first = SequenceNumber(0)
  private var last = SequenceNumber(0)
  private var receivedAt: Int64 = 0
  private var frames = ByteWriter()
  /// How many frames have been closed.
  public private(set) var frameCount = 0

  /// Starts without a frame.
  public init() {}

  /// Adds the next event of a home; sequences ascend.
  public mutating func append(
    _ sequence: SequenceNumber, receivedAt: Timestamp, source: SourceID, _ payload: RawSpan
  ) {
    if recordCount > 0, plain.count + payload.byteCount > HistoryFrame.plainBytesWanted { close() }
    if recordCount == 0 { (first, last, self.receivedAt) = (sequence, sequence, 0) }
    precondition(recordCount == 0 || sequence > last, "events of a home come in log order")
    plain.varint(sequence.value - last.value)
    plain.zigzag(receivedAt.milliseconds &- self.receivedAt)
    plain.varint(UInt64(source.value))
    plain.lengthPrefixed(payload)
    (last, self.receivedAt) = (sequence, receivedAt.milliseconds)
    recordCount += 1
  }

  /// Closes the frame in hand and gives all frames since the last call to `body`.
  public mutating func finish(_ body: (RawSpan) throws(StoreError) -> Void) throws(StoreError) {
    close()
    // Taken out of self for the while, so that the memory is used again.
    var frames = ByteWriter()
    swap(&frames, &self.frames)
    defer {
      frames.removeAll()
      swap(&frames, &self.frames)
    }
    try body(frames.bytes.span.bytes)
  }

  /// Compresses the frame in hand and starts the next.
  private mutating func close() {
    guard recordCount > 0 else { return }
    // Taken out of self for the while: two buffers of one struct cannot be borrowed at once.
    var scratch: [UInt8] = []
    swap(&scratch, &self.scratch)
    defer { swap(&scratch, &self.scratch) }
    let compressed = BlockCompression.compress(plain.bytes.span.bytes, into: &scratch)
    frames.u8(HistoryFrame.format)
    frames.u8((compressed == nil ? HistoryFrame.Codec.stored : .lz4).rawValue)
    frames.u16(0)
    frames.u32(UInt32(recordCount))
    frames.u32(UInt32(plain.count))
    frames.u32(UInt32(compressed ?? plain.count))
    frames.u64(first.value)
    frames.u64(last.value)
    if let compressed {
      frames.append(scratch.span.bytes.extracting(0..<compressed))
    } else {
      frames.append(plain.bytes)
    }
    plain.removeAll()
    recordCount = 0
    frameCount += 1
  }
}
