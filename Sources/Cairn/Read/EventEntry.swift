// One event as reads return it: decoded in place, and written as JSON only on request.

import Bytes
import Engine
import Events
import Storage

/// One event of the log.
public struct EventEntry: Sendable {
  /// Its place in the log.
  public let sequence: SequenceNumber
  /// The time that the event counts from.
  public let time: Timestamp
  /// When it was received; `originalTimestamp` and `sentAt` are among its fields.
  public let receivedAt: Timestamp
  /// How its time came about.
  public let clock: ClockVerdict
  /// Whether it came more than 24 hours after it happened.
  public let isLate: Bool
  /// The call.
  public var type: EventType { header.type }
  /// Whether a tracking plan left out some of what was sent.
  public var hasOriginal: Bool { header.hasOriginal }
  private let header: EventHeader
  /// Holds the payload, and often those of the event's neighbours, whose entries share it.
  private let bytes: [UInt8]
  private let range: Range<Int>
  @usableFromInline let names: SymbolNames

  /// Reads the header of the payload at `range` of `bytes`.
  init(
    _ bytes: [UInt8], _ range: Range<Int>, at sequence: SequenceNumber, receivedAt: Timestamp,
    names: SymbolNames
  ) throws(StoreError) {
    do throws(DecodeError) {
      header = try EventHeader(bytes.span.bytes.extracting(range))
    } catch {
      throw StoreError(error, in: "record \(sequence.value)")
    }
    let clock = header.clock(receivedAt: receivedAt)
    time = clock.time
    self.clock = clock.verdict
    isLate = clock.isLate
    self.sequence = sequence
    self.receivedAt = receivedAt
    self.bytes = bytes
    self.range = range
    self.names = names
  }

  /// Gives every field of the event, as it counts, to `visitor`; see `EventView.visitFields`.
  ///
  /// - Complexity: O(fields); no allocation.
  @inlinable
  public func visitFields<Visitor: FieldVisitor>(_ visitor: inout Visitor) throws(StoreError) {
    try read { (event) throws(DecodeError) in
      try event.visitFields(names: names, &visitor)
    }
  }

  /// Gives the name of the event to `body`; nil if it has none.
  @inlinable
  public func withName<R>(_ body: (RawSpan) -> R) throws(StoreError) -> R? {
    // Inlinable around a call that is not generic: types are not looked up at run time.
    var result: R?
    try visitName { result = body($0) }
    return result
  }

  @usableFromInline
  func visitName(_ body: (RawSpan) -> Void) throws(StoreError) {
    if let name = header.name {
      names.withName(of: name, body)
    } else {
      try read { (event) throws(DecodeError) in _ = try event.withName(names, body) }
    }
  }

  /// Appends the event as JSON, as it counts or as it was sent.
  ///
  /// - Parameter isOriginal: Whether to write what a tracking plan left out, too.
  public func writeJSON(
    to writer: inout ByteWriter, isOriginal: Bool = false
  ) throws(StoreError) {
    try read { (event) throws(DecodeError) in
      try event.writeJSON(to: &writer, names: names, isOriginal: isOriginal)
    }
  }

  /// The event as JSON, as it counts.
  public var json: [UInt8] {
    get throws(StoreError) {
      var writer = ByteWriter(capacity: 768)
      try writeJSON(to: &writer)
      return writer.bytes
    }
  }

  /// The event as it was sent, if a tracking plan left out some of it.
  public var original: [UInt8]? {
    get throws(StoreError) {
      guard hasOriginal else { return nil }
      var writer = ByteWriter(capacity: 768)
      try writeJSON(to: &writer, isOriginal: true)
      return writer.bytes
    }
  }

  @usableFromInline
  func read(
    _ body: (borrowing EventView) throws(DecodeError) -> Void
  ) throws(StoreError) {
    do throws(DecodeError) {
      try body(EventView(bytes.span.bytes.extracting(range), header))
    } catch {
      throw StoreError(error, in: "record \(sequence.value)")
    }
  }
}

extension Snapshot {
  /// An event record as a separate entry.
  func entry(ofEvent record: borrowing RecordView) throws(StoreError) -> EventEntry {
    let bytes = record.payload.toArray()
    return try EventEntry(
      bytes, bytes.indices, at: record.sequence, receivedAt: record.receivedAt, names: names)
  }

  /// An event record as JSON.
  func json(ofEvent record: borrowing RecordView) throws(StoreError) -> [UInt8] {
    var writer = ByteWriter(capacity: 768)
    do {
      try EventView(record.payload).writeJSON(to: &writer, names: names)
    } catch {
      throw StoreError(error, in: "record \(record.sequence.value)")
    }
    return writer.bytes
  }
}
