// Parts of an event by themselves, for answers that arrange them in another way than it was sent.

import Bytes
import Engine
import Events
import Storage

extension EventEntry {
  /// The members of an event that are objects.
  package enum Part: CaseIterable, Sendable {
    case properties, traits, context

    fileprivate var symbol: Symbol {
      switch self {
      case .properties: WellKnownSymbol.properties.symbol
      case .traits: WellKnownSymbol.traits.symbol
      case .context: WellKnownSymbol.context.symbol
      }
    }
  }

  /// A part of the event as JSON; nil if it has none.
  package func json(of part: Part) throws(StoreError) -> [UInt8]? {
    var json: [UInt8]?
    try read { (event) throws(DecodeError) in
      guard let value = try event.rest.value(for: part.symbol) else { return }
      var writer = ByteWriter(capacity: 256)
      try value.writeJSON(to: &writer, names: names)
      json = writer.bytes
    }
    return json
  }

  /// The event's own id.
  package var messageID: String {
    get throws(StoreError) {
      var writer = ByteWriter(capacity: 64)
      try read { (event) throws(DecodeError) in try event.messageID.writeText(to: &writer) }
      return String(decoding: writer.bytes, as: UTF8.self)
    }
  }
}

extension Snapshot {
  /// The source of a record, and when it was received; nil for one that is gone.
  ///
  /// - Complexity: the decoding of a block of the log.
  package func origin(of sequence: SequenceNumber) -> (source: String, receivedAt: Timestamp)? {
    let sources = sourceNames
    return try? log.withRecord(at: sequence, LogCursor()) { (record) throws(StoreError) in
      (sources[record.source] ?? "", record.receivedAt)
    }
  }
}
