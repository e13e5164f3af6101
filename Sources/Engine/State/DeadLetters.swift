// Dead letters: changes that a receiver has not taken, kept by destination and address, without what they say. It is
// read from the log again where it is needed.

import Bytes
import Profiles
import Storage

/// A change that could not be delivered.
public struct DeadLetter: Equatable, Sendable {
  /// The destination's number.
  package var number: UInt32
  /// Where the change stands in the log.
  public var address: FeedCursor
  /// Whether it is to be sent again.
  public var isRequeued: Bool
  /// Why it was given up.
  public var failure: DeliveryFailure
  /// How often it was sent.
  public var attempts: UInt32
  /// When it was given up.
  public var at: Timestamp

  /// Row: u8 (1 dead, 2 to be sent again), the failure, the attempts as a varint, the instant as zigzag.
  ///
  /// Key: the destination's number and the index, of 32 bits each, then the record.
  init(_ key: TableKey, _ row: RawSpan) throws(DecodeError) {
    var reader = ByteReader(row)
    number = UInt32(key.high >> 32)
    address =
      FeedCursor(
        sequence: SequenceNumber(key.low), index: Int(UInt32(truncatingIfNeeded: key.high)))
      ?? FeedCursor(sequence: SequenceNumber(key.low))
    let state = try reader.u8()
    guard 1...2 ~= state else { throw reader.invalid() }
    isRequeued = state == 2
    failure = try DeliveryFailure(&reader)
    attempts = try reader.varint32()
    at = Timestamp(milliseconds: try reader.zigzag())
    try reader.expectEnd()
  }

  init(
    number: UInt32, address: FeedCursor, failure: DeliveryFailure, attempts: UInt32, at: Timestamp
  ) {
    self.number = number
    self.address = address
    isRequeued = false
    self.failure = failure
    self.attempts = attempts
    self.at = at
  }

  func encode() -> [UInt8] {
    var writer = ByteWriter()
    writer.u8(isRequeued ? 2 : 1)
    failure.encode(into: &writer)
    writer.varint(UInt64(attempts))
    writer.zigzag(at.milliseconds)
    return writer.bytes
  }

  var key: TableKey { TableKey(deadLetter: address, of: number) }
}

extension TableKey {
  init(deadLetter address: FeedCursor, of number: UInt32) {
    self.init(
      high: UInt64(number) << 32 | UInt64(UInt32(clamping: address.index ?? 0)),
      low: address.sequence.value)
  }
}

extension Table {
  /// The dead letter at an address; nil if there is none.
  func deadLetter(_ address: FeedCursor, of number: UInt32) throws(StoreError) -> DeadLetter? {
    let key = TableKey(deadLetter: address, of: number)
    var found: DeadLetter?
    _ = try read(key) { (row) throws(StoreError) in
      do throws(DecodeError) { found = try DeadLetter(key, row) } catch {
        throw .derivedMismatch("deadLetters", "a row does not decode")
      }
    }
    return found
  }

  /// The addresses of a destination's dead letters after a place.
  func deadLetters(
    of number: UInt32, after cursor: FeedCursor
  ) throws(StoreError) -> [FeedCursor] {
    var found: [FeedCursor] = []
    try forEach { (key, row) throws(StoreError) in
      guard key.high >> 32 == UInt64(number) else { return }
      do throws(DecodeError) {
        let letter = try DeadLetter(key, row)
        if letter.address > cursor { found.append(letter.address) }
      } catch {
        throw .derivedMismatch("deadLetters", "a row does not decode")
      }
    }
    return found
  }
}

extension Snapshot {
  /// The dead letters of a destination, in the order of the log, with those that are to be sent again.
  ///
  /// - Complexity: O(dead letters of all destinations).
  package func deadLetters(of number: UInt32) throws(StoreError) -> [DeadLetter] {
    var found: [DeadLetter] = []
    try deadLetters.forEach { (key, row) throws(StoreError) in
      guard key.high >> 32 == UInt64(number) else { return }
      do throws(DecodeError) { found.append(try DeadLetter(key, row)) } catch {
        throw .derivedMismatch("deadLetters", "a row does not decode")
      }
    }
    return found.sorted { $0.address < $1.address }
  }

  /// Whether what a dead letter was about has been erased since.
  package func isGone(_ letter: DeadLetter) -> Bool {
    // At a horizon, the addresses of what was there before are those of the members as of it.
    letter.address.sequence < horizon
      || erasures.contains {
        $0.horizon == letter.address.sequence && letter.at <= $0.finished
      }
  }
}
