// A person or an account as shown to people: what was sent, what follows from it, and which persons
// and accounts belong together.

import Audiences
import Bytes
import Engine
import Events
import Profiles
import Storage

/// A page about one person or account.
public struct ProfilePage: Sendable {
  /// One of the latest events.
  public struct Event: Sendable {
    /// The event.
    public var entry: EventEntry
    /// The name of its source.
    public var source: String
  }

  /// An account of a person, or a person of an account.
  public struct Companion: Sendable {
    /// Its stable id.
    public var id: ProfileID
    /// Its identifiers, in the order they joined.
    public var identifiers: [Identifier]
    /// The time of the earliest event that brings both together.
    public var firstSeen: Timestamp
    /// The time of the latest.
    public var lastSeen: Timestamp
  }

  /// The most events that are read for a page, newest first.
  public static let eventsReadMax = ProfileHistory.eventsMax

  /// What is kept of it: identifiers, computed traits, audiences, links.
  ///
  /// Of an account, events and times are those of all events that count for it.
  public var report: ProfileReport
  /// Whether it is an account.
  public var isAccount: Bool
  /// What a person permits, by category.
  public var consents: [ConsentState] = []
  /// The traits that were sent, in alphabetical order.
  public var knownTraits: [KnownTrait] = []
  /// Whether the profile has more events than are read for a page, so that known traits may be missing and the events
  /// of an account are more than are counted.
  public var isPartial = false
  /// The latest events, newest first.
  public var events: [Event] = []
  /// The accounts of a person, or the persons of an account, latest first; at most as many as were asked for.
  public var companions: [Companion] = []
  /// How many accounts or persons there are.
  public var companionCount = 0
}

extension Snapshot {
  /// Everything that a page shows of one person or account.
  ///
  /// - Parameters:
  ///   - instant: The instant to answer for, `logicalNow` or later; nil for `asOf`.
  ///   - eventsMax: The most events to include, newest first.
  ///   - companionsMax: The most accounts or persons to include, latest first.
  /// - Complexity: O(n log n) for n events of the profile, and for each the decoding of its block of the log.
  public func page(
    of profile: ProfileOrdinal, at instant: Timestamp? = nil, eventsMax: Int = 0,
    companionsMax: Int = 20
  ) throws(StoreError) -> ProfilePage {
    let subject = try profiles.subject(profile)
    var page = ProfilePage(
      report: try report(profile, at: instant), isAccount: subject.kind == .account)
    let history = try history(of: subject)
    page.consents = try consents(of: profile, at: instant)
    page.knownTraits = history.knownTraits
    page.isPartial = history.isPartial
    page.events = try entries(at: history.own.prefix(eventsMax))
    let companions = try companions(of: subject)
    page.companionCount = companions.count
    if page.isAccount {
      page.report.eventCount = UInt64(history.own.count)
      // Its one identifier is that of all these events, also of those that are kept with its members.
      for index in page.report.identifiers.indices {
        page.report.identifiers[index].eventCount = page.report.eventCount
      }
      let times = companions.flatMap { [$0.firstSeen, $0.lastSeen] }
      page.report.firstSeen = (times + [page.report.firstSeen].compactMap { $0 }).min()
      page.report.lastSeen = (times + [page.report.lastSeen].compactMap { $0 }).max()
    }
    for companion in companions.prefix(companionsMax) {
      page.companions.append(try self.companion(companion))
    }
    return page
  }

  /// The accounts of a person or the persons of an account, latest first, and how many there are.
  ///
  /// - Complexity: O(homes of the profile or of the account's members).
  public func companions(
    of profile: ProfileOrdinal, max count: Int
  ) throws(StoreError) -> (companions: [ProfilePage.Companion], count: Int) {
    let found = try companions(of: profiles.subject(profile))
    var result: [ProfilePage.Companion] = []
    for companion in found.prefix(count) { result.append(try self.companion(companion)) }
    return (result, found.count)
  }

  /// The events at some addresses, in their order.
  private func entries(
    at addresses: ArraySlice<EventAddress>
  ) throws(StoreError) -> [ProfilePage.Event] {
    var found: [SequenceNumber: ProfilePage.Event] = [:]
    let cursor = LogCursor()
    for address in addresses.sorted(by: { $0.sequence < $1.sequence }) {
      found[address.sequence] = try log.withRecord(at: address.sequence, cursor) {
        (record) throws(StoreError) in
        .init(entry: try entry(ofEvent: record), source: sourceNames[record.source] ?? "")
      }
    }
    return addresses.compactMap { found[$0.sequence] }
  }

  /// Who belongs to a profile, with the times of their events together.
  private struct Together {
    var profile: ProfileOrdinal
    var firstSeen: Timestamp
    var lastSeen: Timestamp
  }

  /// The accounts of a person or the persons of an account, latest first.
  private func companions(of subject: ProfileSubject) throws(StoreError) -> [Together] {
    var found: [ProfileOrdinal: Together] = [:]
    func add(_ profile: ProfileOrdinal, _ times: ClosedRange<Timestamp>?) {
      guard let times else { return }
      let known =
        found[profile]
        ?? Together(
          profile: profile, firstSeen: times.lowerBound, lastSeen: times.upperBound)
      found[profile] = Together(
        profile: profile, firstSeen: min(known.firstSeen, times.lowerBound),
        lastSeen: max(known.lastSeen, times.upperBound))
    }
    if subject.kind == .account {
      for home in try profiles.memberHomes(ofAccount: subject.profile) {
        try add(profiles.presentProfile(of: home), profiles.times(of: home, in: subject.profile))
      }
    } else {
      for account in try profiles.accounts(ofHomes: subject.homes) {
        for home in subject.homes { try add(account, profiles.times(of: home, in: account)) }
      }
    }
    return found.values.sorted { ($1.lastSeen, $0.profile) < ($0.lastSeen, $1.profile) }
  }

  private func companion(_ together: Together) throws(StoreError) -> ProfilePage.Companion {
    .init(
      id: try profiles.profileRow(together.profile) { (row) throws(DecodeError) in row.id },
      identifiers: try identifiers(of: together.profile), firstSeen: together.firstSeen,
      lastSeen: together.lastSeen)
  }
}
