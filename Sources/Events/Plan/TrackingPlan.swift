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

  /// What is done with one event.
  public enum Action: Equatable, Sendable {
    /// It comes in as it is.
    case accept
    /// It comes in without the members at these paths.
    case omit([[EventPathStep]])
    /// It is kept aside, because of the first violation.
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

  /// Makes a plan of nothing.
  public init() {}

  /// The settings of a source.
  public func settings(of source: String) -> Settings { sources[source] ?? settings }

  /// What the plan says of an event.
  ///
  /// - Complexity: one look-up for an event without a schema; else O(event).
  public func find(_ event: borrowing EventView) throws(DecodeError) -> Finding {
    var finding = Finding()
    let schema: EventSchema?
    if event.type == .track {
      schema = event.name.flatMap { events[$0] }
      finding.isUnplanned = schema == nil
    } else {
      schema = calls[event.type]
    }
    guard let schema else { return finding }
    (finding.violations, finding.unplanned) = try schema.check(event)
    return finding
  }
}

extension TrackingPlan.Settings {
  /// What is done about a finding.
  public func action(on finding: TrackingPlan.Finding) -> TrackingPlan.Action {
    if finding.isUnplanned {
      return unplannedEvents == .block ? .quarantine(.unplannedEvent, nil) : .accept
    }
    var omitted: [[EventPathStep]] = []
    if let first = finding.violations.first {
      switch violations {
      case .allow: break
      case .block: return .quarantine(.planBlocked, first)
      case .quarantine: return .quarantine(.planViolation, first)
      case .omit:
        for violation in finding.violations where violation.keyword != "required" {
          // The header of an event is no member that could be left out.
          guard violation.removable.count > 1 else {
            return .quarantine(.planViolation, violation)
          }
          omitted.append(violation.removable)
        }
      }
    }
    if unplannedProperties == .omit { omitted += finding.unplanned }
    return omitted.isEmpty ? .accept : .omit(omitted)
  }
}
