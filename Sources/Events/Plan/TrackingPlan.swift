// A tracking plan: which events there may be, what each must look like, and what is done about those
// that do not.

import Bytes

/// What events must look like.
public struct TrackingPlan: Sendable {
  /// What is done about an event that is not as planned.
  public struct Settings: Sendable, Equatable {
    /// What is done about a track event that the plan does not name.
    public enum UnplannedEvents: String, Sendable, CaseIterable {
      case allow, block
    }

    /// What is done about a property or trait that the event's schema does not name.
    public enum UnplannedProperties: String, Sendable, CaseIterable {
      case allow, omit
    }

    /// What is done about an event that breaks its schema.
    public enum Violations: String, Sendable, CaseIterable {
      case allow, omit, quarantine, block
    }

    /// What is done about events without a schema.
    public var unplannedEvents = UnplannedEvents.allow
    /// What is done about members without a schema.
    public var unplannedProperties = UnplannedProperties.allow
    /// What is done about events that break theirs.
    public var violations = Violations.quarantine

    /// Makes the defaults.
    public init() {}
  }

  /// What a plan says of one event.
  public struct Finding: Sendable {
    /// Whether it is a track event that the plan does not name.
    public var isUnplanned = false
    /// What it breaks.
    public var violations: [SchemaViolation] = []
    /// Its properties and traits that its schema does not name.
    public var unplanned: [[EventPathStep]] = []

    /// Whether nothing is to be said of it.
    public var isClean: Bool { !isUnplanned && violations.isEmpty && unplanned.isEmpty }
  }

  /// A remark on a plan that is accepted: what may not be read as it was meant.
  public struct Note: Sendable, Equatable {
    /// What is read how, and what would be plain.
    public var message: String
    /// The line, from 1.
    public var line: Int
    /// The column, from 1.
    public var column: Int

    /// Makes a note.
    public init(_ message: String, line: Int, column: Int) {
      self.message = message
      self.line = line
      self.column = column
    }
  }

  /// What is done with one event.
  public enum Action: Equatable, Sendable {
    /// It comes in as it is.
    case accept
    /// It comes in without the members at these paths.
    case omit([[EventPathStep]])
    /// It is quarantined, because of the first violation.
    case quarantine(EventProblem.Code, SchemaViolation?)
  }

  /// What is done unless a source has settings of its own.
  public var settings = Settings()
  /// Settings of sources, by name.
  public var sources: [String: Settings] = [:]
  /// The schemas of track events, by the symbol of the name.
  public var events: [Symbol: EventSchema] = [:]
  /// The schemas of the other calls.
  public var calls: [EventType: EventSchema] = [:]
  /// What may not be read as it was meant.
  public var notes: [Note] = []

  /// Makes a plan of nothing.
  public init() {}

  /// The settings of a source.
  public func settings(of source: String) -> Settings { sources[source] ?? settings }

  /// What the plan says of an event.
  ///
  /// - Complexity: one lookup for an event without a schema; else O(event).
  public func find(_ event: borrowing EventView) throws(DecodeError) -> Finding {
    try find(event, notingUnplanned: true)
  }

  private func find(
    _ event: borrowing EventView, notingUnplanned: Bool
  ) throws(DecodeError) -> Finding {
    var finding = Finding()
    let schema: EventSchema?
    if event.type == .track {
      schema = event.name.flatMap { events[$0] }
      finding.isUnplanned = schema == nil
    } else {
      schema = calls[event.type]
    }
    guard let schema else { return finding }
    finding.violations = try schema.check(event)
    if notingUnplanned { finding.unplanned = try schema.unplanned(in: event) }
    return finding
  }

  /// What is done with an event.
  ///
  /// What an event is without the members that are left out is checked again: if it is still not as
  /// planned, a missing member apart, it is quarantined whole.
  public func action(
    on event: borrowing EventView, _ settings: Settings
  ) throws(DecodeError) -> Action {
    let finding = try find(
      event, notingUnplanned: settings.unplannedProperties == .omit)
    return try action(on: event, finding, settings)
  }

  /// What is done with an event of which `find` said `finding`.
  public func action(
    on event: borrowing EventView, _ finding: Finding, _ settings: Settings
  ) throws(DecodeError) -> Action {
    guard !finding.isClean else { return .accept }
    let action = settings.action(on: finding)
    guard case .omit(let paths) = action, settings.violations != .allow else { return action }
    let rest = try EventParser.payload(of: event, without: paths)
    let left = try find(EventView(rest.span.bytes), notingUnplanned: false).violations
    guard let first = left.first(where: { settings.violations != .omit || !$0.isMissing }) else {
      return action
    }
    return .quarantine(settings.violations == .block ? .planBlocked : .planViolation, first)
  }
}

extension TrackingPlan.Settings {
  /// What is done about a finding.
  fileprivate func action(on finding: TrackingPlan.Finding) -> TrackingPlan.Action {
    if finding.isUnplanned {
      return unplannedEvents == .block ? .quarantine(.unplannedEvent, nil) : .accept
    }
    var omitted: Set<[EventPathStep]> = []
    if let first = finding.violations.first {
      switch violations {
      case .allow: break
      case .block: return .quarantine(.planBlocked, first)
      case .quarantine: return .quarantine(.planViolation, first)
      case .omit:
        for violation in finding.violations where !violation.isMissing {
          // The header of an event is not a member that could be left out.
          guard violation.removable.count > 1 else {
            return .quarantine(.planViolation, violation)
          }
          omitted.insert(violation.removable)
        }
      }
    }
    if unplannedProperties == .omit { omitted.formUnion(finding.unplanned) }
    return omitted.isEmpty ? .accept : .omit(Array(omitted))
  }
}
