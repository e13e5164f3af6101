// The identifiers of an event, from the payload alone: what the parser finds at the door and what a
// rebuild finds in the log must be the same, so both go through this reader.

import Bytes

/// The identifiers of one event: kept from event to event for its memory.
public struct FoundIdentifiers: Sendable {
  /// One identifier.
  public struct Entry: Sendable {
    /// Its type.
    public var type: IdentifierType
    /// Where its normalised text lies.
    var range: Range<Int>
  }

  /// Those of the person, highest priority first.
  public private(set) var entries = ReusedList<Entry>()
  /// The types of values that were skipped because they identify nobody.
  public private(set) var blocked = ReusedList<IdentifierType>()
  /// How the first value was to be read that is none of its kind: what is a telephone number by its place and
  /// cannot be one, for instance.
  private(set) var unreadable: IdentifierRules.Normaliser?
  /// The account that the event counts for; its type is `groupID`.
  ///
  /// An event without an identifier of a person has one only if it is a group call, and is then the account's own.
  public private(set) var account: Entry?
  /// The id that an alias call says the person had before, once as each type that it can be of.
  public private(set) var former = ReusedList<Entry>()
  fileprivate(set) var bytes = FlatBuffer<UInt8>()
  /// Where texts are put that have another normal form.
  fileprivate var scratch: [UInt8] = []

  /// Holds none.
  public init() {}

  /// The normalised text of one of them.
  @_lifetime(borrow self)
  public func value(of entry: Entry) -> RawSpan { bytes.span.bytes.extracting(entry.range) }

  /// Whether the event belongs to somebody: a person, or an account alone.
  public var hasOwner: Bool { !entries.isEmpty || account != nil }

  /// Forgets the account of an event that may not belong to an account alone.
  fileprivate mutating func removeAccount() { account = nil }

  mutating func removeAll() {
    entries.removeAll()
    blocked.removeAll()
    unreadable = nil
    account = nil
    former.removeAll()
    bytes.removeAll()
  }

  /// Adds the text that was put at `start` of `bytes`, unless it is too long or not an identifier.
  fileprivate mutating func add(
    _ type: IdentifierType, _ normaliser: IdentifierRules.Normaliser,
    _ outcome: IdentifierText.Outcome, from start: Int
  ) {
    // Nothing but an empty text is nothing at all; all else is counted.
    if outcome == .empty { return }
    let isTooLong = bytes.count - start > IdentifierReader.valueBytesMax
    let isFull = entries.count >= IdentifierReader.identifiersMax
    guard outcome == .value, !isTooLong, !isFull else {
      bytes.removeLast(bytes.count - start)
      if outcome == .unreadable, unreadable == nil { unreadable = normaliser }
      if blocked.count < IdentifierReader.identifiersMax { blocked.append(type) }
      return
    }
    let entry = Entry(type: type, range: start..<bytes.count)
    if type == .groupID { account = entry } else { entries.append(entry) }
  }

  /// Adds a former id, whose text was put at `start` of `bytes`, as one more type that it can be of, unless it is
  /// not one, or is one of the event's own.
  fileprivate mutating func addFormer(
    _ type: IdentifierType, _ outcome: IdentifierText.Outcome, from start: Int
  ) -> IdentifierText.Outcome {
    let text = start..<bytes.count
    let isOwn = entries.contains { entry in
      entry.type == type
        && bytes.span.bytes.extracting(entry.range)
          .elementsEqual(bytes.span.bytes.extracting(text))
    }
    guard outcome == .value, text.count <= IdentifierReader.valueBytesMax, !isOwn else {
      bytes.removeLast(text.count)
      // Who is named as before is who is named now.
      if isOwn { former.removeAll() }
      return isOwn ? .empty : outcome
    }
    former.append(Entry(type: type, range: text))
    return .value
  }

  /// Notes a value that identifies nobody.
  ///
  /// - Parameter normaliser: How it was to be read, if it is none of its kind.
  fileprivate mutating func block(
    _ type: IdentifierType, as normaliser: IdentifierRules.Normaliser? = nil
  ) {
    if let normaliser, normaliser != .none, unreadable == nil { unreadable = normaliser }
    if blocked.count < IdentifierReader.identifiersMax { blocked.append(type) }
  }
}

/// Reads the identifiers of events as a store's rules say.
///
/// A class, so that reading does not copy what was prepared.
public final class IdentifierReader: Sendable {
  /// The longest identifier in bytes; a longer one counts as blocked.
  static let valueBytesMax = 512
  /// The most identifiers of one event; what lists hold beyond counts as blocked.
  static let identifiersMax = 64

  private enum Place: Sendable {
    case userID, anonymousID, email, path, external
  }

  /// Where to look for identifiers of a type.
  ///
  /// Without references, because it is copied for each event.
  private struct Step: Sendable {
    var type: IdentifierType
    var place: Place
    var normaliser: IdentifierRules.Normaliser
    /// Which of `paths` or `externalTypes` it is.
    var index = 0
    /// Which of `countries` say the country that a telephone number is of; -1 for other types.
    var countries = -1
  }

  /// The places that the Segment spec names.
  private struct Fields: Sendable {
    var emails: [FieldPath]
    var previousID: FieldPath
    var groupID: FieldPath
    var contextGroupID: FieldPath
    /// `context.externalIds`; nil if no rule is about it.
    var externalIDs: FieldPath?
  }

  private let steps: [Step]
  private let paths: [FieldPath]
  private let externalTypes: [[UInt8]]
  private let countries: [CountryPlaces]
  /// What an alias call's `previousId` can be, as which it is looked for in this order; empty where alias
  /// calls say nothing.
  private let formerSteps: [Step]
  private let matcher: BlockedMatcher
  private let country: CountryCode?
  private let fields: Fields
  /// The number of `fields.contextGroupID`.
  private let contextGroupNumber: Int
  private let hasExternal: Bool
  /// The key `id`; nil if no rule is about external ids.
  private let id: Symbol?

  /// Prepares the rules; `symbols` gets the keys that they name.
  public init(_ rules: IdentifierRules, symbols: SymbolTable) {
    var steps: [Step] = []
    var paths: [FieldPath] = []
    var externalTypes: [[UInt8]] = []
    var countries: [CountryPlaces] = []
    func step(
      _ entry: IdentifierRules.Entry, _ place: Place, _ index: Int = 0,
      countriesFor said: IdentifierRules.Place
    ) -> Step {
      var step = Step(type: entry.type, place: place, normaliser: entry.normaliser, index: index)
      if let places = entry.countryPlaces(for: said, symbols) {
        step.countries = countries.count
        countries.append(places)
      }
      return step
    }
    for entry in rules.entries {
      for place in entry.places {
        switch place {
        case .userID: steps.append(step(entry, .userID, countriesFor: place))
        case .anonymousID: steps.append(step(entry, .anonymousID, countriesFor: place))
        case .email: steps.append(step(entry, .email, countriesFor: place))
        case .path(let keys):
          let path = keys.compactMap { symbols.intern(definition: $0) }
          guard path.count == keys.count, !path.isEmpty else { continue }
          paths.append(symbols.field(path))
          steps.append(step(entry, .path, paths.count - 1, countriesFor: place))
        case .external(let type):
          externalTypes.append(Array(type.utf8))
          steps.append(step(entry, .external, externalTypes.count - 1, countriesFor: place))
        }
      }
    }
    let previousID = symbols.field([WellKnownSymbol.previousID.symbol])
    let formerEntries = rules.alias == .merge ? rules.formerEntries : []
    formerSteps = formerEntries.map { step($0, .path, countriesFor: .userID) }
    self.steps = steps
    self.paths = paths
    self.externalTypes = externalTypes
    self.countries = countries
    matcher = BlockedMatcher(rules.blocked, country: rules.country)
    country = rules.country
    let hasExternal = !externalTypes.isEmpty
    let (context, groupID) = (WellKnownSymbol.context.symbol, WellKnownSymbol.groupID.symbol)
    id = hasExternal ? symbols.intern(definition: "id") : nil
    let externalIDs = hasExternal ? symbols.intern(definition: "externalIds") : nil
    fields = Fields(
      emails: EventView.emailPaths.map { symbols.field($0) }, previousID: previousID,
      groupID: symbols.field([groupID]), contextGroupID: symbols.field([context, groupID]),
      externalIDs: externalIDs.map { symbols.field([context, $0]) })
    contextGroupNumber = fields.contextGroupID.number
    self.hasExternal = hasExternal
  }

  private init(withoutCountry other: IdentifierReader) {
    steps = other.steps
    paths = other.paths
    externalTypes = other.externalTypes
    countries = other.countries
    formerSteps = other.formerSteps
    matcher = other.matcher
    country = nil
    fields = other.fields
    contextGroupNumber = other.contextGroupNumber
    hasExternal = other.hasExternal
    id = other.id
  }

  /// The same reader without a country: telephone numbers that were sent without a calling code are none, unless the
  /// event says what country they are of.
  public var withoutCountry: IdentifierReader { IdentifierReader(withoutCountry: self) }

  /// Puts a text into `bytes` as an identifier of a type is compared, in place of what they held; false if it
  /// is none of that type: blank, blocked, or not an address or number where one belongs.
  ///
  /// - Parameters:
  ///   - isNumber: Whether the text is that of a JSON number, of which `42` and `42.0` are one.
  ///   - said: What was said of the country that a telephone number without a calling code is of.
  public func normalise(
    _ text: RawSpan, isNumber: Bool = false, as entry: IdentifierRules.Entry,
    of said: SaidCountry = .nothing, into bytes: inout [UInt8]
  ) -> Bool {
    bytes.removeAll(keepingCapacity: true)
    let home = said.country(or: country)
    return append(text, isNumber: isNumber, entry.normaliser, home, to: &bytes) == .value
  }

  /// Reads the identifiers of an event into `found`, in place of what it held.
  ///
  /// Complexity: O(header), plus O(members on the way) for each place that the rules name.
  public func read(
    _ event: borrowing EventView, into found: inout FoundIdentifiers
  ) throws(DecodeError) {
    found.removeAll()
    for step in steps {
      switch step.place {
      case .userID: try add(event, at: event.header.messageIDEnd, step, &found)
      case .anonymousID: try add(event, at: event.header.userIDEnd, step, &found)
      case .email: try addEmail(event, step, &found)
      case .path:
        let path = paths[step.index]
        guard event.type.canIdentifyPerson(below: path.keys[0]),
          let value = try event.value(at: path)
        else { continue }
        try addAll(value, step, try home(step, event), &found)
      case .external: try addExternal(event, step, &found)
      }
    }
    if event.type == .alias, !formerSteps.isEmpty { try addFormer(event, &found) }
    try addAccount(event, &found)
  }

  private func addAccount(
    _ event: borrowing EventView, _ found: inout FoundIdentifiers
  ) throws(DecodeError) {
    if event.type == .group { try add(event, fields.groupID, accountStep, &found) }
    // Hot: by the number, for a path has a list of keys to be counted.
    if found.account == nil, event.notedPlace(ofField: contextGroupNumber) != 0 {
      try add(event, fields.contextGroupID, accountStep, &found)
    }
    // A group call describes the account. Any other event without a person lacks the person.
    if found.entries.isEmpty, event.type != .group { found.removeAccount() }
  }

  /// Adds the value of a field, if the event has it.
  @inline(__always)
  private func add(
    _ event: borrowing EventView, _ field: borrowing FieldPath, _ step: Step,
    _ found: inout FoundIdentifiers
  ) throws(DecodeError) {
    if let place = event.notedPlace(of: field) {
      if place > 0 { try add(event, at: place, step, &found) }
    } else if let value = try event.value(at: field.keys) {
      try add(value, step, nil, &found)
    }
  }

  /// Adds the value that begins at an offset of the payload, which may be absent.
  @inline(__always)
  private func add(
    _ event: borrowing EventView, at place: Int, _ step: Step, _ found: inout FoundIdentifiers
  ) throws(DecodeError) {
    let tag = event.payload[place]
    // Hot: most are short strings.
    if tag >= ValueTag.shortString, step.countries < 0 {
      let start = place + 1
      let text = event.payload.extracting(start..<(start + Int(tag - ValueTag.shortString)))
      return add(text, isNumber: false, step, nil, &found)
    }
    if tag == ValueTag.absent { return }
    var reader = ByteReader(event.payload, at: place)
    let value = try ValueView.next(&reader)
    try add(value, step, try home(step, event), &found)
  }

  /// Adds a text, of a number if `isNumber`.
  private func add(
    _ text: RawSpan, isNumber: Bool, _ step: Step, _ home: CountryCode?,
    _ found: inout FoundIdentifiers
  ) {
    let start = found.bytes.count
    let outcome = append(text, isNumber: isNumber, step.normaliser, home, to: &found)
    found.add(step.type, step.normaliser, outcome, from: start)
  }

  /// Appends the text of a value as it is compared to the texts that were found.
  @inline(__always)
  private func append(
    _ text: RawSpan, isNumber: Bool, _ normaliser: IdentifierRules.Normaliser,
    _ home: CountryCode?, to found: inout FoundIdentifiers
  ) -> IdentifierText.Outcome {
    // Hot: most ids are compared as they are.
    if normaliser == .none, !isNumber {
      if text.isEmpty { return .empty }
      if matcher.matches(text) { return .blocked }
      found.bytes.append(text)
      return .value
    }
    found.scratch.removeAll(keepingCapacity: true)
    let outcome = append(
      text, isNumber: isNumber, normaliser, home, to: &found.scratch)
    found.bytes.append(found.scratch)
    return outcome
  }

  /// The account: `groupId` of a group call, `context.groupId` of any.
  private var accountStep: Step {
    Step(type: .groupID, place: .path, normaliser: .none)
  }

  /// The country of telephone numbers without a calling code that an event has at a place; nil for other types.
  private func home(
    _ step: Step, _ event: borrowing EventView
  ) throws(DecodeError) -> CountryCode? {
    guard step.countries >= 0 else { return nil }
    return try countries[step.countries].said(in: event).country(or: country)
  }

  private func add(
    _ value: borrowing ValueView, _ step: Step, _ home: CountryCode?,
    _ found: inout FoundIdentifiers
  ) throws(DecodeError) {
    let isNumber = value.kind == .number
    let text: Void? = try value.withText { add($0, isNumber: isNumber, step, home, &found) }
    if text == nil, value.kind != .null { found.block(step.type, as: step.normaliser) }
  }

  /// Appends the text of a value as it is compared.
  private func append(
    _ text: RawSpan, isNumber: Bool, _ normaliser: IdentifierRules.Normaliser,
    _ home: CountryCode?, to bytes: inout [UInt8]
  ) -> IdentifierText.Outcome {
    guard isNumber, !NumberText.isPlain(text) else {
      return IdentifierText.append(text, normaliser, home, matcher, to: &bytes)
    }
    var number: [UInt8] = []
    guard NumberText.append(text, to: &number) else { return .blocked }
    return IdentifierText.append(
      number.span.bytes, normaliser, home, matcher, to: &bytes)
  }

  /// Adds a value, or of a list each element.
  private func addAll(
    _ value: borrowing ValueView, _ step: Step, _ home: CountryCode?,
    _ found: inout FoundIdentifiers
  ) throws(DecodeError) {
    guard value.kind == .array else { return try add(value, step, home, &found) }
    try value.forEachElement { (element) throws(DecodeError) in
      try add(element, step, home, &found)
    }
  }

  /// Adds the e-mail addresses of the first place that holds one; what stands before it and is not one is counted.
  private func addEmail(
    _ event: borrowing EventView, _ step: Step, _ found: inout FoundIdentifiers
  ) throws(DecodeError) {
    var place = event.emailPlace
    guard place > 0 else { return }
    let count = found.entries.count
    // Hot: the first place has a short text.
    if let noted = event.notedPlace(of: fields.emails[place - 1]), noted > 0,
      event.type.canIdentifyPerson(below: fields.emails[place - 1].keys[0]),
      let text = event.shortText(at: noted)
    {
      add(text, isNumber: false, step, nil, &found)
      if found.entries.count > count { return }
      place += 1
    }
    try event.findEmail(fields.emails[(place - 1)...]) { text in
      add(text, isNumber: false, step, nil, &found)
      return found.entries.count > count
    }
  }

  /// Adds the ids of `context.externalIds` that have a type.
  private func addExternal(
    _ event: borrowing EventView, _ step: Step, _ found: inout FoundIdentifiers
  ) throws(DecodeError) {
    guard hasExternal, let field = fields.externalIDs, let id, event.notedPlace(of: field) != 0,
      let list = try event.value(at: field)
    else { return }
    let wanted = externalTypes[step.index]
    try list.forEachElement { (element) throws(DecodeError) in
      guard let name = try element.value(for: WellKnownSymbol.type.symbol),
        try name.equalsText(wanted.span.bytes),
        let value = try element.value(for: id)
      else { return }
      try addAll(value, step, home(step, event), &found)
    }
  }

  /// Adds what an alias call says the person was before, as each type that it can be of.
  private func addFormer(
    _ event: borrowing EventView, _ found: inout FoundIdentifiers
  ) throws(DecodeError) {
    guard let value = try event.value(at: fields.previousID) else { return }
    let isNumber = value.kind == .number
    var homes: [CountryCode?] = []
    for step in formerSteps { homes.append(try home(step, event)) }
    _ = try value.withText { text in
      var isNobody = true
      for (step, home) in zip(formerSteps, homes) {
        let start = found.bytes.count
        let put = append(text, isNumber: isNumber, step.normaliser, home, to: &found)
        let outcome = found.addFormer(step.type, put, from: start)
        if outcome == .value || outcome == .empty { isNobody = false }
        if outcome == .empty { return }
      }
      if isNobody, let last = formerSteps.last { found.block(last.type) }
    }
  }
}
