// Finding persons by what is known of them: a scan of all, a page at a time.

import Audiences
import Bytes
import Engine
import Events
import Profiles
import Storage

/// Criteria for the persons to find; all of them must match.
public struct ProfileSearch: Sendable {
  /// Types of identifiers, or `profile_id`, and how a value of each begins.
  public var prefixes: [Identifier]
  /// Rules about persons, in the language of audiences.
  public var rules: [String]

  /// Finds everybody by default.
  public init(prefixes: [Identifier] = [], rules: [String] = []) {
    self.prefixes = prefixes
    self.rules = rules
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
  /// Where to continue; nil if there are no more.
  public var next: UInt32?
  /// The instant that the rule was judged at.
  public var asOf: Timestamp
  /// Names in the rule that no event has; a sentence for each.
  public var warnings: [String] = []
}

extension Snapshot {
  /// Finds persons.
  ///
  /// - Parameters:
  ///   - cursor: `next` of the page before; 0 for the first.
  ///   - limit: The most persons.
  ///   - instant: The instant to judge rules at, `logicalNow` or later; nil for `asOf`.
  ///   - onProgress: Called now and then while the history is read for rules.
  /// - Throws: `.definition` for a rule that is wrong by itself.
  /// - Complexity: O(profiles skipped × identifiers); rules add one pass over the log for each page.
  public func find(
    _ search: ProfileSearch, after cursor: UInt32 = 0, limit: Int, at instant: Timestamp? = nil,
    onProgress: (LogProgress) -> Void = { _ in }
  ) throws(ApplyError) -> FoundPage {
    guard !search.rules.isEmpty else {
      do throws(StoreError) {
        let now = try checked(instant)
        return try find(search.prefixes, after: cursor, limit: limit, at: now) {
          (_) throws(StoreError) in true
        }
      } catch {
        throw .store(error)
      }
    }
    let trial: Trial
    do throws(StoreError) { trial = try Trial(self) } catch { throw .store(error) }
    let (set, plan, names) = try trial.definitions(adding: search.rules, isAccount: false)
    do throws(StoreError) {
      let mentioned = names.compactMap { set.audience(named: $0)?.rule.mentionedNames(of: .person) }
      let warnings = try trial.unknownNames(mentioned.map { ("", $0) })
      let now = try checked(instant)
      let audiences = plan.audiences.filter { names.contains($0.name) }
      let slots = Set(audiences.flatMap { plan.slots(of: $0) }).sorted()
      var page = try trial.withCells(of: slots, plan, onProgress: onProgress) {
        (profiles) throws(StoreError) in
        let values = ProfileValues(profiles, plan: plan)
        return try find(search.prefixes, after: cursor, limit: limit, at: now) {
          (profile) throws(StoreError) in
          let subject = try profiles.subject(profile)
          for audience in audiences {
            guard try values.judge(audience, subject, now: now).isTrue else { return false }
          }
          return true
        }
      }
      page.warnings = warnings
      return page
    } catch {
      throw .store(error)
    }
  }

  /// The persons from a cursor on who have identifiers that begin so and whom `isWanted` takes.
  private func find(
    _ prefixes: [Identifier], after cursor: UInt32, limit: Int, at now: Timestamp,
    _ isWanted: (ProfileOrdinal) throws(StoreError) -> Bool
  ) throws(StoreError) -> FoundPage {
    let starts = try prefixes.map { (prefix) throws(StoreError) in try start(prefix) }
    var page = FoundPage(asOf: now)
    var ordinal = cursor
    while ordinal < profiles.profileCount {
      let profile = ProfileOrdinal(ordinal)
      let isPerson = try profiles.profileRow(profile) { (row) throws(DecodeError) in
        row.kind == .person && row.mergedInto == nil
      }
      if isPerson, try begins(profile, with: starts), try isWanted(profile) {
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

  /// The beginning of the value to find.
  private enum Start {
    /// The stable id, in hexadecimal digits.
    case profileID(String)
    /// An identifier of a type, in one of these ways, as values of the type are compared.
    case identifier(IdentifierType, [[UInt8]])
  }

  /// - Throws: `.noSuchRecord` for a type that does not exist or is not one of persons.
  private func start(_ prefix: Identifier) throws(StoreError) -> Start {
    if prefix.type == "profile_id" { return .profileID(prefix.value.lowercased()) }
    let (type, _) = try normalised(prefix)
    guard type != .groupID else {
      throw StoreError(
        .noSuchRecord, "group_id names accounts, not persons; 'cairn account list' shows accounts")
    }
    let text = Array(prefix.value.utf8)
    let starts = scalars.identityRules.identifiers.starts(text.span.bytes, as: type)
    return .identifier(type, starts)
  }

  private func begins(
    _ profile: ProfileOrdinal, with starts: [Start]
  ) throws(StoreError) -> Bool {
    for start in starts {
      switch start {
      case .profileID(let text):
        let id = try profiles.profileRow(profile) { (row) throws(DecodeError) in row.id }
        guard id.description.hasPrefix(text) else { return false }
      case .identifier(let type, let starts):
        guard try hasIdentifier(profile, type, beginning: starts) else { return false }
      }
    }
    return true
  }

  private func hasIdentifier(
    _ profile: ProfileOrdinal, _ type: IdentifierType, beginning starts: [[UInt8]]
  ) throws(StoreError) -> Bool {
    for home in try profiles.identifiers(of: profile) {
      let begins = try profiles.identifierRow(home) { (row) throws(DecodeError) in
        guard row.type == type.rawValue else { return false }
        for start in starts where row.value.byteCount >= start.count {
          if row.value.extracting(first: start.count).elementsEqual(start.span.bytes) {
            return true
          }
        }
        return false
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
