// Where the log ends and the meaning of its payloads begins: a layer that knows what payloads are can say how those of
// one block are written shorter together. Storage counts bytes and keeps them apart, and asks for nothing else.

import Bytes

/// A shorter form of payloads, made and read a block at a time.
///
/// Payloads of one shape share what follows from it, which stands once in each block that uses it. So a block can be
/// read alone, and a shape is gone with the last record that has it.
public protocol PayloadForm: Sendable {
  /// Makes what packs the payloads of one block after the other.
  func packer() -> any PayloadPacker

  /// Writes a payload into `payload`, from its start; what `payload` held is lost.
  ///
  /// - Parameters:
  ///   - parts: What the packer made of it; from disk, so these may be any bytes.
  /// - Returns: How many bytes the payload has; `payload` may be longer.
  func unpack(_ parts: PackedParts, into payload: inout [UInt8]) throws(DecodeError) -> Int
}

/// Packs payloads, for one thread.
public protocol PayloadPacker: AnyObject {
  /// Forgets all shapes and payloads: a block begins.
  func begin()

  /// Packs the payload of a record; nil for one that is stored as it is.
  ///
  /// A packed payload takes at most `PackedPayload.excessMax` bytes more than before, its shape included.
  ///
  /// - Parameter draft: What `RecordBatch.begin` was given for it; empty for nothing.
  func pack(
    _ kind: UInt8, _ payload: RawSpan, draft: RawSpan, receivedAt: Timestamp
  ) -> PackedPayload?

  /// Writes the values of a payload of this block.
  func writeValues(of packed: PackedPayload, to out: inout FlatBuffer<UInt8>)

  /// Writes the loose bytes of all payloads of this block, in their order.
  func writeLoose(to out: inout FlatBuffer<UInt8>)

  /// Writes the shapes of this block in the order of their numbers, each as a varint length and bytes.
  func writeShapes(to out: inout FlatBuffer<UInt8>)
}

/// Where a packed payload lies in the packer's hands.
public struct PackedPayload: Sendable {
  /// By how much a packed payload can exceed the payload.
  public static let excessMax = 64

  /// The number of its shape in the block, from 1.
  public var shape: UInt32
  /// Where its values lie.
  public var values: Range<Int>
  /// How many loose bytes it has.
  public var looseCount: Int
  /// How many bytes its shape has that is new in the block; 0 for one that is not.
  public var newShapeCount: Int

  /// Describes one.
  public init(shape: UInt32, values: Range<Int>, looseCount: Int, newShapeCount: Int) {
    self.shape = shape
    self.values = values
    self.looseCount = looseCount
    self.newShapeCount = newShapeCount
  }

  /// All the bytes that it adds to the block.
  var byteCount: Int { values.count + looseCount + newShapeCount }
}

/// The parts of a packed payload, as they lie in a block.
public struct PackedParts: ~Escapable {
  /// What it shares with others.
  public let shape: RawSpan
  /// Its values in their order.
  public let values: RawSpan
  /// Bytes of values that do not compress and so stand apart, in the same order.
  public let loose: RawSpan
  /// When its record was received.
  public let receivedAt: Timestamp

  /// Takes the parts of one payload.
  @_lifetime(copy shape, copy values, copy loose)
  public init(shape: RawSpan, values: RawSpan, loose: RawSpan, receivedAt: Timestamp) {
    self.receivedAt = receivedAt
    self.shape = shape
    self.values = values
    self.loose = loose
  }
}
