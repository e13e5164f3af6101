// Finding persons by what is known of them: a scan of all, a page at a time.

import Audiences
import Bytes
import Events
import Profiles
import Storage

/// What is asked of the persons to find; all of it must hold.
public struct ProfileSearch: Sendable {
  /// The type of an identifier and how its value begins.
  public var prefix: Identifier?
  /// A rule about persons, in the language of audiences.
  public var rule: String?

  /// Finds everybody unless told more.
  public init(prefix: Identifier? = nil, rule: String? = nil) {
    self.prefix = prefix
    self.rule = rule
  }
}

/// A person who was found.
public struct FoundProfile: Sendable {
  /// The stable id.
  public var id: ProfileID
  /// The identifiers, in the order they joined.
  public var identifiers: [Identifier]
  /// The number of events, over all identifiers.
  public var eventCount: UInt64
  /// The latest event time.
  public var lastSeen: Timestamp?
}

/// Some of the persons who were found.
public struct FoundPage: Sendable {
  /// The persons, oldest profile first.
  public var profiles: [FoundProfile] = []
  /// Where to go on; nil if there are no more.
  public var next: UInt32?
  /// The instant that the rule was judged at.
  public var asOf: Timestamp
  /// What the rule names and no event has; a sentence for each.
  public var warnings: [String] = []
}

extension Store {
  /// Finds persons.
  ///
  /// - Parameters:
  ///   - cursor: `next` of the page before; 0 for the first.
  ///   - limit: The most persons.
  ///   - instant: The instant to judge a rule at, `logicalNow` or later; nil for `Snapshot.asOf`.
  ///   - onProgress: Called now and then while the history is read for a rule.
  /// - Throws: `.definition` for a rule that is wrong.
  /// - Complexity: O(profiles passed over × identifiers); a rule adds one pass over the log for each page.
  public func find(
    _ search: ProfileSearch, after cursor: UInt32 = 0, limit: Int, at instant: Timestamp? = nil,
    onProgress: (FoldProgress) -> Void = { _ in }
  ) throws(ApplyError) -> FoundPage {
    guard let rule = search.rule else {
      do throws(StoreError) {
        let snapshot = try snapshot()
        let now = try snapshot.checked(instant)
        return try snapshot.find(search.prefix, after: cursor, limit: limit, at: now) {
          (_) throws(StoreError) in true
        }
      } catch {
        throw .store(error)
      }
    }
    let (set, name) = try definitions(adding: rule, isAccount: false)
    do throws(StoreError) {
      let mentioned = set.audience(named: name)?.rule.mentionedNames
      let warnings = try mentioned.map { (names) throws(StoreError) in
        try unknownNames([("", names)])
      }
      let snapshot = try snapshot()
      let now = try snapshot.checked(instant)
      let plan = try EvaluationPlan(recorded: set, names: symbols)
      guard let audience = plan.audiences.first(where: { $0.name == name }) else {
        return FoundPage(asOf: now)
      }
      var page = try withScratchCells(of: plan.slots(of: audience), plan, onProgress: onProgress) {
        (profiles) throws(StoreError) in
        let values = ProfileValues(profiles, plan: plan)
        return try snapshot.find(search.prefix, after: cursor, limit: limit, at: now) {
          (profile) throws(StoreError) in
          try values.judge(audience, profiles.subject(profile), now: now).isTrue
        }
      }
      page.warnings = warnings ?? []
      return page
    } catch {
      throw .store(error)
    }
  }
}

extension Snapshot {
  /// The persons from a cursor on who have an identifier that begins so and whom `isWanted` takes.
  fileprivate func find(
    _ prefix: Identifier?, after cursor: UInt32, limit: Int, at now: Timestamp,
    _ isWanted: (ProfileOrdinal) throws(StoreError) -> Bool
  ) throws(StoreError) -> FoundPage {
    let start = try prefix.map { (prefix) throws(StoreError) in try normalised(prefix: prefix) }
    var page = FoundPage(asOf: now)
    var ordinal = cursor
    while ordinal < profiles.profileCount {
      let profile = ProfileOrdinal(ordinal)
      let isPerson = try profiles.profileRow(profile) { (row) throws(DecodeError) in
        row.kind == .person && row.mergedInto == nil
      }
      if isPerson, try begins(profile, with: start), try isWanted(profile) {
        guard page.profiles.count < limit else {
          page.next = ordinal
          return page
        }
        page.profiles.append(try found(profile))
      }
      ordinal += 1
    }
    return page
  }

  /// The type that a prefix is of, and its bytes as values of the type are compared.
  ///
  /// - Throws: `.noSuchRecord` for a type that does not exist.
  private func normalised(
    prefix: Identifier
  ) throws(StoreError) -> (type: UInt16, bytes: [UInt8]) {
    let rules = scalars.identityRules.identifiers
    let (type, _) = try normalised(prefix)
    // The start of an address is not an address yet, so only the letter case can be that of the values.
    let isEmail = rules.entry(of: type)?.normaliser == .email
    let text = isEmail ? prefix.value.lowercased() : prefix.value
    return (type.rawValue, Array(text.utf8))
  }

  private func begins(
    _ profile: ProfileOrdinal, with start: (type: UInt16, bytes: [UInt8])?
  ) throws(StoreError) -> Bool {
    guard let start else { return true }
    for home in try profiles.identifiers(of: profile) {
      let begins = try profiles.identifierRow(home) { (row) throws(DecodeError) in
        row.type == start.type && row.value.byteCount >= start.bytes.count
          && row.value.extracting(first: start.bytes.count)
            .elementsEqual(start.bytes.span.bytes)
      }
      if begins { return true }
    }
    return false
  }

  private func found(_ profile: ProfileOrdinal) throws(StoreError) -> FoundProfile {
    let report = try report(profile, includesLinks: false)
    return FoundProfile(
      id: report.id, identifiers: report.identifiers.map(\.identifier),
      eventCount: report.eventCount, lastSeen: report.lastSeen)
  }
}
