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
  public private(set) var entries: [Entry] = []
  /// The types of values that were passed over because they stand for nobody.
  public private(set) var blocked: [IdentifierType] = []
  /// The account that the event counts for; its type is `groupID`.
  ///
  /// An event without an identifier of a person has one only if it is a group call, and is then the account's own.
  public private(set) var account: Entry?
  private(set) var bytes: [UInt8] = []

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
    entries.removeAll(keepingCapacity: true)
    blocked.removeAll(keepingCapacity: true)
    account = nil
    bytes.removeAll(keepingCapacity: true)
  }

  /// Adds the text that `append` has put at the end of `bytes`, unless it is too long or blocked.
  fileprivate mutating func add(
    _ type: IdentifierType, _ matcher: BlockedMatcher, append: (inout [UInt8]) -> Bool
  ) {
    let start = bytes.count
    let isValid = append(&bytes)
    let length = bytes.count - start
    // Nothing but an empty text is nothing at all; all else is counted.
    if isValid, length == 0 { return }
    let isTooLong = length > IdentifierReader.valueBytesMax
    let isFull = entries.count >= IdentifierReader.identifiersMax
    let isBlocked = matcher.matches(bytes.span.bytes.extracting(start..<bytes.count))
    guard isValid, !isTooLong, !isBlocked, !isFull else {
      bytes.removeLast(length)
      if blocked.count < IdentifierReader.identifiersMax { blocked.append(type) }
      return
    }
    let entry = Entry(type: type, range: start..<bytes.count)
    if type == .groupID { account = entry } else { entries.append(entry) }
  }
}

/// Reads the identifiers of events as a store's rules say.
public struct IdentifierReader: Sendable {
  /// The longest identifier in bytes; a longer one counts as blocked.
  static let valueBytesMax = 512
  /// The most identifiers of one event; what lists hold beyond counts as blocked.
  static let identifiersMax = 64

  private enum Place: Sendable {
    case userID, anonymousID, email
    case path([Symbol])
    case external([UInt8])
  }

  private struct Step: Sendable {
    var type: IdentifierType
    var place: Place
    var normaliser: IdentifierRules.Normaliser
  }

  private let steps: [Step]
  private let matcher: BlockedMatcher
  private let country: CountryCode?
  private let externalIDs: Symbol?
  private let id: Symbol?

  /// Prepares the rules; `symbols` gets the keys that they name.
  public init(_ rules: IdentifierRules, symbols: SymbolTable) {
    var steps: [Step] = []
    for entry in rules.entries {
      for place in entry.places {
        let prepared: Place
        switch place {
        case .userID: prepared = .userID
        case .anonymousID: prepared = .anonymousID
        case .email: prepared = .email
        case .path(let keys):
          let path = keys.compactMap { symbols.intern(definition: $0) }
          guard path.count == keys.count, !path.isEmpty else { continue }
          prepared = .path(path)
        case .external(let type): prepared = .external(Array(type.utf8))
        }
        steps.append(Step(type: entry.type, place: prepared, normaliser: entry.normaliser))
      }
    }
    self.steps = steps
    matcher = BlockedMatcher(rules.blocked)
    country = rules.country
    let hasExternal = steps.contains { if case .external = $0.place { true } else { false } }
    externalIDs = hasExternal ? symbols.intern(definition: "externalIds") : nil
    id = hasExternal ? symbols.intern(definition: "id") : nil
  }

  /// Puts a text into `bytes` as an identifier of a type is compared, in place of what they held; false if it
  /// is none of that type: blank, blocked, or no number where a telephone number belongs.
  public func normalise(
    _ text: RawSpan, as entry: IdentifierRules.Entry, into bytes: inout [UInt8]
  ) -> Bool {
    bytes.removeAll(keepingCapacity: true)
    guard IdentifierText.append(text, entry.normaliser, country, to: &bytes), !bytes.isEmpty else {
      return false
    }
    return !matcher.matches(bytes.span.bytes)
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
      case .userID:
        if let value = try event.userID { try add(value, step, &found) }
      case .anonymousID:
        if let value = try event.anonymousID { try add(value, step, &found) }
      case .email:
        if let value = try event.email { try add(value, step, &found) }
      case .path(let path):
        if let value = try event.value(at: path) { try addAll(value, step, &found) }
      case .external(let type):
        try addExternal(event, type, step, &found)
      }
    }
    try addAccount(event, &found)
    // A group call describes the account. Any other event without a person lacks the person.
    if found.entries.isEmpty, event.type != .group { found.removeAccount() }
  }

  private func add(
    _ value: borrowing ValueView, _ step: Step, _ found: inout FoundIdentifiers
  ) throws(DecodeError) {
    _ = try value.withText { text in
      found.add(step.type, matcher) {
        IdentifierText.append(text, step.normaliser, country, to: &$0)
      }
    }
  }

  /// Adds a value, or of a list each element.
  private func addAll(
    _ value: borrowing ValueView, _ step: Step, _ found: inout FoundIdentifiers
  ) throws(DecodeError) {
    guard value.kind == .array else { return try add(value, step, &found) }
    try value.forEachElement { (element) throws(DecodeError) in try add(element, step, &found) }
  }

  /// Adds the ids of `context.externalIds` that have a type.
  private func addExternal(
    _ event: borrowing EventView, _ wanted: [UInt8], _ step: Step,
    _ found: inout FoundIdentifiers
  ) throws(DecodeError) {
    guard let externalIDs, let id,
      let list = try event.value(at: [WellKnownSymbol.context.symbol, externalIDs])
    else { return }
    try list.forEachElement { (element) throws(DecodeError) in
      guard let name = try element.value(for: WellKnownSymbol.type.symbol),
        try name.equalsText(wanted.span.bytes),
        let value = try element.value(for: id)
      else { return }
      try add(value, step, &found)
    }
  }

  /// The account: `groupId` of a group call, `context.groupId` of any.
  private func addAccount(
    _ event: borrowing EventView, _ found: inout FoundIdentifiers
  ) throws(DecodeError) {
    let groupID = WellKnownSymbol.groupID.symbol
    let step = Step(type: .groupID, place: .path([groupID]), normaliser: .none)
    if event.type == .group, let value = try event.rest.value(for: groupID) {
      try add(value, step, &found)
      if found.account != nil { return }
    }
    guard let context = try event.rest.value(for: WellKnownSymbol.context.symbol),
      let value = try context.value(for: groupID)
    else { return }
    try add(value, step, &found)
  }
}
