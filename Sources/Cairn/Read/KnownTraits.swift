// What was sent about a person or an account: the traits of identify and group calls, whatever their
// names, with the time and the source of the latest value.

import Bytes
import Engine
import Events
import Profiles
import Storage

/// A trait as it was last sent.
public struct KnownTrait: Sendable {
  /// The name, as in `traits.NAME`.
  public var name: String
  /// The value as JSON.
  public var json: [UInt8]
  /// The time of the event that set it.
  public var time: Timestamp
  /// The name of that event's source.
  public var source: String
  /// The record that holds that event.
  public var sequence: SequenceNumber
}

/// Gathers known traits from the events of one profile, in any order.
///
/// A trait is replaced as a whole by the newest event, by time and then by record, that names it; a null removes it.
struct KnownTraitReader {
  /// The value that an event gave a trait; `json` is nil for null.
  private struct Said {
    var address: EventAddress
    var source: SourceID
    var json: [UInt8]?
  }

  /// The call that sets them: `identify` for persons, `group` for accounts.
  let call: EventType
  private var newest: [String: Said] = [:]

  init(_ call: EventType) { self.call = call }

  /// Adds an event; other calls have no effect.
  mutating func read(
    _ event: borrowing EventView, at address: EventAddress, from source: SourceID,
    names: SymbolNames
  ) throws(DecodeError) {
    guard event.type == call,
      let traits = try event.rest.value(for: WellKnownSymbol.traits.symbol)
    else { return }
    try traits.forEachMember { (symbol, inline, value) throws(DecodeError) in
      let name = symbol.flatMap { names.withName(of: $0) { $0.toString() } } ?? inline.toString()
      if let known = newest[name], known.address.isNewer(than: address) { return }
      var json: [UInt8]?
      if value.kind != .null {
        var writer = ByteWriter(capacity: 64)
        try value.writeJSON(to: &writer, names: names)
        json = writer.bytes
      }
      newest[name] = Said(address: address, source: source, json: json)
    }
  }

  /// The traits that hold, in alphabetical order.
  func traits(sources: [SourceID: String]) -> [KnownTrait] {
    newest.sorted { $0.key < $1.key }.compactMap { name, said in
      said.json.map {
        KnownTrait(
          name: name, json: $0, time: said.address.time, source: sources[said.source] ?? "",
          sequence: said.address.sequence)
      }
    }
  }
}
