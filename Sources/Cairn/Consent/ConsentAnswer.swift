// The answers of a person, as the events of the log have them: the history of consent.

import Audiences
import Bytes
import Engine
import Events
import Profiles
import Storage

/// An answer of a person about one category.
public struct ConsentAnswer: Hashable, Sendable {
  /// The category.
  public var category: String
  /// Whether it is a consent; a refusal otherwise.
  public var isConsent: Bool
  /// The time from which it counts.
  public var time: Timestamp
  /// When its event was received.
  public var receivedAt: Timestamp
  /// The name of the source of its event.
  public var source: String
  /// The record that holds its event.
  public var sequence: SequenceNumber
  /// The identifier under which it was given: the home of its event.
  public var identifier: Identifier
}

/// All answers of a person.
public struct ConsentHistory: Sendable {
  /// The person.
  public var id: ProfileID
  /// The answers, oldest first.
  public var answers: [ConsentAnswer] = []
  /// Whether the person has more events than are read, so that older answers may be missing.
  public var isPartial = false

  /// Of the answers those that differ from the one before under the same identifier, oldest first.
  public var changes: [ConsentAnswer] {
    struct Key: Hashable {
      var identifier: Identifier
      var category: String
    }
    var last: [Key: Bool] = [:]
    return answers.filter {
      let key = Key(identifier: $0.identifier, category: $0.category)
      return last.updateValue($0.isConsent, forKey: key) != $0.isConsent
    }
  }
}

extension Snapshot {
  /// The answers of a person about consent.
  ///
  /// - Throws: `.noSuchRecord` for an account.
  /// - Complexity: O(n log n) for the person's n latest events, at most `ProfilePage.eventsReadMax`, and the decoding
  ///   of each block of the log that has one.
  public func consentHistory(of profile: ProfileOrdinal) throws(StoreError) -> ConsentHistory {
    let subject = try profiles.subject(profile)
    guard subject.kind == .person else {
      throw StoreError(.noSuchRecord, "consent is that of persons, and this is an account")
    }
    var events: [(address: EventAddress, home: Int)] = []
    for (index, home) in subject.homes.enumerated() {
      try profiles.visitEvents(ofHome: home) { events.append(($0, index)) }
    }
    var history = ConsentHistory(id: try id(of: subject.profile))
    history.isPartial = events.count > ProfileHistory.eventsMax
    if history.isPartial {
      events.sort { $0.address.isNewer(than: $1.address) }
      events.removeSubrange(ProfileHistory.eventsMax...)
    }
    events.sort { $0.address.sequence < $1.address.sequence }
    let names = try subject.homes.map { (home) throws(StoreError) in try identifier(home) }
    let reader = ConsentReading(self)
    let cursor = LogCursor()
    let sources = sourceNames
    for (address, home) in events {
      try log.withRecord(at: address.sequence, cursor) { (record) throws(StoreError) in
        do throws(DecodeError) {
          for (category, isConsent) in try reader.answers(of: EventView(record.payload)) {
            history.answers.append(
              ConsentAnswer(
                category: category, isConsent: isConsent, time: address.time,
                receivedAt: record.receivedAt, source: sources[record.source] ?? "",
                sequence: record.sequence, identifier: names[home]))
          }
        } catch {
          throw StoreError(error, in: "record \(record.sequence.value)")
        }
      }
    }
    history.answers.sort {
      ($0.time, $0.sequence, $0.category) < ($1.time, $1.sequence, $1.category)
    }
    return history
  }
}

/// Reads the answers of events: those that they name, and of the store's categories those that they refuse by not
/// naming them.
private struct ConsentReading {
  private let snapshot: Snapshot
  private let categories: [String]

  init(_ snapshot: Snapshot) {
    self.snapshot = snapshot
    categories = snapshot.consentCategories
  }

  func answers(
    of event: borrowing EventView
  ) throws(DecodeError) -> [(category: String, isConsent: Bool)] {
    guard let context = try event.rest.value(for: WellKnownSymbol.context.symbol) else { return [] }
    var named: [(category: String, isConsent: Bool)] = []
    var isPartial = false
    var isThere = false
    try visit(context, "consent") { (consent) throws(DecodeError) in
      try visit(consent, "partial") { (value) throws(DecodeError) in
        isPartial = value.kind == .boolean && value.boolean == true
      }
      try visit(consent, "categoryPreferences") { (answers) throws(DecodeError) in
        isThere = answers.kind != .null
        guard answers.kind == .object else { return }
        try answers.forEachMember { (symbol, inline, value) throws(DecodeError) in
          guard value.kind != .null else { return }
          named.append((name(symbol, inline), value.kind == .boolean && value.boolean == true))
        }
      }
    }
    guard isThere, !isPartial else { return named }
    let missing = categories.filter { category in !named.contains { $0.category == category } }
    return named + missing.map { ($0, false) }
  }

  private func name(_ symbol: Symbol?, _ inline: RawSpan) -> String {
    symbol.flatMap { snapshot.names.withName(of: $0) { $0.toString() } } ?? inline.toString()
  }

  /// Visits the member of an object that has a name.
  private func visit(
    _ object: borrowing ValueView, _ key: String,
    _ body: (borrowing ValueView) throws(DecodeError) -> Void
  ) throws(DecodeError) {
    guard object.kind == .object else { return }
    try object.forEachMember { (symbol, inline, value) throws(DecodeError) in
      if name(symbol, inline) == key { try body(value) }
    }
  }
}
