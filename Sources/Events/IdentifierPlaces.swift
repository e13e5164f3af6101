// Where an event holds texts that would be identifiers: every place that the rules name, whether or not the
// text counts there. `IdentifierReader` answers who an event is of; an erasure also has to find what no profile
// got to see, beyond the first address, the first 64 identifiers, or in what a tracking plan left out. The traits
// of a group call are its account's: no rule looks for persons there, so they are not such a place.

import Bytes

/// Visits all places of events that identifiers are read from.
public struct IdentifierPlaces: Sendable {
  fileprivate enum Place: Sendable {
    case userID, anonymousID
    /// A value of the header that an event cannot be without: its message id or a time.
    case fixed(Symbol)
    case path([Symbol], isEmail: Bool)
    case external([UInt8])
    /// `previousId` of an alias call, which is a user id or an anonymous one.
    case previousID
  }

  /// A type of identifier at one of the places where it is read.
  public struct Step: Sendable {
    /// The type.
    public var entry: IdentifierRules.Entry
    fileprivate var place: Place
    /// Where the country is said that a telephone number is of; nil for other types.
    fileprivate var countries: CountryPlaces?
  }

  private let steps: [Step]
  private let externalIDs: Symbol?
  private let id: Symbol?

  /// Prepares the rules; `symbols` gets the keys that they name.
  public init(_ rules: IdentifierRules, symbols: SymbolTable) {
    steps = rules.entries.flatMap { entry in
      let steps = entry.places.flatMap { place in
        let countries = entry.countryPlaces(for: place, symbols)
        return Self.places(place, symbols).map {
          Step(entry: entry, place: $0, countries: countries)
        }
      }
      guard entry.isOfCallers else { return steps }
      let countries = entry.countryPlaces(for: .userID, symbols)
      return steps + [Step(entry: entry, place: .previousID, countries: countries)]
    }
    let hasExternal = steps.contains { if case .external = $0.place { true } else { false } }
    externalIDs = hasExternal ? symbols.intern(definition: "externalIds") : nil
    id = hasExternal ? symbols.intern(definition: "id") : nil
  }

  private static func places(
    _ place: IdentifierRules.Place, _ symbols: SymbolTable
  ) -> [Place] {
    switch place {
    case .userID: return [.userID]
    case .anonymousID: return [.anonymousID]
    case .email: return EventView.emailPaths.map { .path($0, isEmail: true) }
    case .external(let type): return [.external(Array(type.utf8))]
    case .path(let keys):
      let path = keys.compactMap { symbols.intern(definition: $0) }
      guard path.count == keys.count, let first = path.first else { return [] }
      guard let header = WellKnownSymbol(rawValue: first.value), header.isHeader else {
        return [.path(path, isEmail: false)]
      }
      guard path.count == 1 else { return [] }
      switch header {
      case .userID: return [.userID]
      case .anonymousID: return [.anonymousID]
      case .type, .event: return []
      default: return [.fixed(first)]
      }
    }
  }

  /// Visits the values at all places, those that a tracking plan left out included; a list's elements one by one.
  ///
  /// - Parameter body: Given the value, the step with the type that it would be of, and the offset in the payload of
  ///   what has to be left out to be rid of it; nil if the event cannot be without it.
  /// - Complexity: O(members on the way) for each place.
  public func visit(
    _ event: borrowing EventView,
    _ body: (borrowing ValueView, Step, Int?) throws(DecodeError) -> Void
  ) throws(DecodeError) {
    for step in steps {
      switch step.place {
      case .userID:
        if let value = try event.userID { try body(value, step, event.header.messageIDEnd) }
      case .anonymousID:
        if let value = try event.anonymousID { try body(value, step, event.header.userIDEnd) }
      case .fixed(let key):
        if let value = try event.value(at: [key]) { try body(value, step, nil) }
      case .path(let path, let isEmail) where event.type.canIdentifyPerson(below: path[0]):
        try visitRests(of: event) { (root) throws(DecodeError) in
          guard let place = try Self.offset(of: path, in: event.payload, at: root) else { return }
          let value = try Self.value(event.payload, at: place)
          try Self.visitEach(
            value, event.payload, at: place, stringsOnly: isEmail, step, body)
        }
      case .external(let type):
        try visitRests(of: event) { (root) throws(DecodeError) in
          try visitExternal(event.payload, at: root, type, step, body)
        }
      case .previousID where event.type == .alias:
        try visitRests(of: event) { (root) throws(DecodeError) in
          let path = [WellKnownSymbol.previousID.symbol]
          guard let place = try Self.offset(of: path, in: event.payload, at: root) else { return }
          try body(try Self.value(event.payload, at: place), step, place)
        }
      case .path, .previousID: break
      }
    }
  }

  /// Where the members begin that are not in the header: those that count, and those that were sent if a
  /// tracking plan left out some.
  private func visitRests(
    of event: borrowing EventView, _ body: (Int) throws(DecodeError) -> Void
  ) throws(DecodeError) {
    try body(event.header.sentEnd)
    if event.hasOriginal { try body(event.header.restEnd) }
  }

  /// Visits a value, or of a list each element.
  private static func visitEach(
    _ value: borrowing ValueView, _ payload: RawSpan, at place: Int, stringsOnly: Bool,
    _ step: Step,
    _ body: (borrowing ValueView, Step, Int?) throws(DecodeError) -> Void
  ) throws(DecodeError) {
    guard value.kind == .array else {
      if value.kind == .string || !stringsOnly { try body(value, step, place) }
      return
    }
    try visitElements(payload, at: place) { (place) throws(DecodeError) in
      let element = try Self.value(payload, at: place)
      if element.kind == .string || !stringsOnly { try body(element, step, place) }
    }
  }

  /// Visits the ids of `context.externalIds` that have a type; the whole entry has to go with its id.
  private func visitExternal(
    _ payload: RawSpan, at root: Int, _ wanted: [UInt8], _ step: Step,
    _ body: (borrowing ValueView, Step, Int?) throws(DecodeError) -> Void
  ) throws(DecodeError) {
    guard let externalIDs, let id,
      let list = try Self.offset(
        of: [WellKnownSymbol.context.symbol, externalIDs], in: payload, at: root)
    else { return }
    try Self.visitElements(payload, at: list) { (place) throws(DecodeError) in
      let element = try Self.value(payload, at: place)
      guard let name = try element.value(for: WellKnownSymbol.type.symbol),
        try name.equalsText(wanted.span.bytes),
        let value = try element.value(for: id)
      else { return }
      guard value.kind == .array else { return try body(value, step, place) }
      try value.forEachElement { (element) throws(DecodeError) in try body(element, step, place) }
    }
  }

  /// Passes on where the elements of a list begin; nothing for other types.
  private static func visitElements(
    _ payload: RawSpan, at offset: Int, _ body: (Int) throws(DecodeError) -> Void
  ) throws(DecodeError) {
    var reader = ByteReader(payload, at: offset)
    guard try reader.u8() == ValueTag.array else { return }
    let length = try reader.count()
    let end = reader.offset + length
    while reader.offset < end {
      try body(reader.offset)
      try ValueView.skip(&reader)
    }
  }

  /// Where the value at a path of keys begins; nil if it is not there.
  private static func offset(
    of path: [Symbol], in payload: RawSpan, at root: Int
  ) throws(DecodeError) -> Int? {
    var place = root
    for key in path {
      guard let member = try offset(of: key, in: payload, at: place) else { return nil }
      place = member
    }
    return place
  }

  private static func offset(
    of key: Symbol, in payload: RawSpan, at object: Int
  ) throws(DecodeError) -> Int? {
    var reader = ByteReader(payload, at: object)
    guard try reader.u8() == ValueTag.object else { return nil }
    let length = try reader.count()
    let end = reader.offset + length
    while reader.offset < end {
      let found = try reader.varint32()
      if found == 0 { _ = try reader.lengthPrefixed() }
      if found == key.value, found != 0 { return reader.offset }
      try ValueView.skip(&reader)
    }
    return nil
  }

  @_lifetime(copy payload)
  private static func value(_ payload: RawSpan, at offset: Int) throws(DecodeError) -> ValueView {
    var reader = ByteReader(payload, at: offset)
    return try ValueView.next(&reader)
  }
}

extension IdentifierReader {
  /// Puts a value of an event into `bytes` as an identifier of a type is compared, in place of what they held; false
  /// if it is none of that type.
  public func identifier(
    of value: borrowing ValueView, as step: IdentifierPlaces.Step, in event: borrowing EventView,
    into bytes: inout [UInt8]
  ) throws(DecodeError) -> Bool {
    let isNumber = value.kind == .number
    let said = try step.countries?.said(in: event) ?? .nothing
    return try value.withText {
      normalise($0, isNumber: isNumber, as: step.entry, of: said, into: &bytes)
    } ?? false
  }
}
