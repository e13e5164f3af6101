// JSON Schema over stored events: compiled to flat lists of nodes and rules whose keys are symbols, so
// that an event is checked where it lies.

import Bytes

/// A schema of whole events.
public final class EventSchema: Sendable {
  let parts: SchemaParts
  /// The name of the events, for rules about the event as a whole; nil for calls other than track.
  private let name: String?
  private let symbols: SymbolTable
  /// Whether the event can be checked member by member: its schema says `properties` and `required`
  /// only.
  private let isPlain: Bool
  /// Whether keys are looked at as texts.
  private let readsKeys: Bool
  private let planned: [(key: Symbol, names: PlannedNames)]

  /// Makes a schema of its parts.
  ///
  /// - Parameter name: The name of the events; nil for calls other than track.
  public init(_ parts: SchemaParts, name: String?, symbols: SymbolTable) {
    self.parts = parts
    self.name = name
    self.symbols = symbols
    isPlain = parts.isPlain
    var planned: [(key: Symbol, names: PlannedNames)] = []
    for key in [WellKnownSymbol.properties.symbol, WellKnownSymbol.traits.symbol] {
      if let names = PlannedNames(of: key, in: parts) { planned.append((key, names)) }
    }
    self.planned = planned
    readsKeys =
      parts.objects.contains { $0.readsKeys } || planned.contains { $0.names.readsKeys }
  }

  /// What an event breaks, in the order of its members.
  public func check(_ event: borrowing EventView) throws(DecodeError) -> [SchemaViolation] {
    guard let root = parts.nodes.first else { return [] }
    var run = SchemaRun(schema: self, names: readsKeys ? symbols.names() : nil)
    guard isPlain else {
      let whole = try Self.object(of: event, name: name)
      try run.check(ValueView(encoded: whole.bytes), 0)
      return run.finish()
    }
    guard let index = root.object else { return [] }
    for key in parts.objects[index].required where try event.value(at: [key]) == nil {
      run.fail("required", at: .symbol(key))
    }
    for (key, node) in parts.objects[index].properties.all {
      guard let value = try event.value(at: [key]) else { continue }
      try run.check(value, node, at: .symbol(key))
    }
    return run.finish()
  }

  /// The properties and traits of an event that the schema does not name.
  public func unplanned(
    in event: borrowing EventView
  ) throws(DecodeError) -> [[EventPathStep]] {
    var result: [[EventPathStep]] = []
    guard !planned.isEmpty else { return result }
    let names = readsKeys ? symbols.names() : nil
    for (key, plan) in planned where !plan.isOpen {
      guard let value = try event.value(at: [key]) else { continue }
      try value.forEachMember { (member, text, _) throws(DecodeError) in
        guard !plan.contains(member, text, names) else { return }
        result.append([.symbol(key), member.map { .symbol($0) } ?? .text(text.toArray())])
      }
    }
    return result
  }

  /// The event as one object, with the members that lie in the header.
  private static func object(
    of event: borrowing EventView, name: String?
  ) throws(DecodeError) -> PayloadBuffer {
    var buffer = PayloadBuffer()
    let start = buffer.begin(ValueTag.object)
    put(.type, text: "\(event.type.name)", to: &buffer)
    if let name { put(.event, text: name, to: &buffer) }
    let header: [WellKnownSymbol] = [
      .messageID, .userID, .anonymousID, .timestamp, .originalTimestamp, .sentAt,
    ]
    for key in header {
      guard let value = try event.value(at: [key.symbol]) else { continue }
      buffer.putVarint(UInt64(key.rawValue))
      buffer.put(value.encoded)
    }
    var rest = ByteReader(try event.rest.encoded)
    _ = try rest.u8()
    buffer.put(try rest.lengthPrefixed())
    buffer.end(start)
    return buffer
  }

  private static func put(
    _ key: WellKnownSymbol, text: String, to buffer: inout PayloadBuffer
  ) {
    let bytes = Array(text.utf8)
    buffer.putVarint(UInt64(key.rawValue))
    buffer.putString(bytes.span.bytes)
  }
}
