// When an event happened: what its sender says, set right by what the sender's clock said when the
// event was sent. Apart from the view, because the parser and the readers of the log must agree.

import Bytes

/// What was made of an event's own time.
public enum ClockVerdict: UInt8, Sendable, CaseIterable, BitwiseCopyable {
  /// The sender's clock was right to a second, or nothing is known of it; the event counts from its own
  /// time.
  case ok = 0
  /// The sender's clock was off by a second or more; its error was taken out.
  case corrected
  /// The time lay more than 23 hours after the receipt; the event counts from its receipt.
  case futureClamped
  /// The event has a time, but none that can be read; the event counts from its receipt.
  case unparseable
  /// The event says that it is an import of the past; its time stands as sent.
  case historical
  /// The event has no time; it counts from its receipt.
  case undated

  /// The name in reports and exports.
  public var name: String {
    switch self {
    case .ok: "ok"
    case .corrected: "corrected"
    case .futureClamped: "future-clamped"
    case .unparseable: "unparseable"
    case .historical: "historical"
    case .undated: "undated"
    }
  }

  /// Whether the event counts from a time of its own, corrected or not, rather than from its receipt.
  public var keepsOwnTime: Bool {
    switch self {
    case .ok, .corrected, .historical: true
    case .futureClamped, .unparseable, .undated: false
    }
  }
}

/// The time that an event counts from, and how it came about.
public struct EventClock: Equatable, Sendable, BitwiseCopyable {
  /// The time that the event counts from.
  public var time: Timestamp
  /// How it came about.
  public var verdict: ClockVerdict
  /// Whether the event came more than 24 hours after it happened; never so for an import.
  public var isLate = false
  /// Whether the event came in under the clock of the events.
  public var isImported = false
}

/// One of the times in an event's header; a plain number, since every event has three.
struct EventStamp: Equatable, BitwiseCopyable, Sendable {
  /// Milliseconds, or one of two numbers that are not instants.
  private var milliseconds: Int64

  /// Not sent, or null.
  static let absent = EventStamp(milliseconds: .min)
  /// Sent, but not a time that can be read.
  static let unreadable = EventStamp(milliseconds: .min + 1)

  private init(milliseconds: Int64) { self.milliseconds = milliseconds }

  /// An instant whose text was in canonical form.
  init(_ instant: Timestamp) {
    milliseconds = instant.isSendable ? instant.milliseconds : Self.unreadable.milliseconds
  }

  /// The text of a string or a number that was sent as a time.
  init(_ text: RawSpan) {
    // Spreadsheets and chats leave invisible characters around what is copied from them.
    let time = Timestamp(sent: text) ?? Timestamp(sent: text.extracting(TextEdges.trimmed(text)))
    milliseconds = time?.milliseconds ?? Self.unreadable.milliseconds
  }

  var instant: Timestamp? {
    milliseconds > .min + 1 ? Timestamp(milliseconds: milliseconds) : nil
  }
}

/// The times that an event carries.
struct EventTimes: BitwiseCopyable {
  var timestamp = EventStamp.absent
  var original = EventStamp.absent
  var sent = EventStamp.absent
  /// Whether the event says that it is an import of the past.
  var isHistorical = false
  /// Whether it came in under the clock of the events, where receipt is when it happened.
  var keepsTimes = false

  private static let skewIgnored: Int64 = 1000
  /// How far ahead of the receipt, or of the machine's clock, a time is believed.
  static let futureMax = Milliseconds(23 * 3_600_000)
  private static let lateAfter = Milliseconds.days(1)

  /// The event's time by its own account; nil if it has none that can be read.
  ///
  /// An import carries final times, so there `timestamp` comes first; elsewhere a `timestamp` next to
  /// an `originalTimestamp` is somebody else's correction.
  var own: Timestamp? {
    keepsTimes
      ? timestamp.instant ?? original.instant : original.instant ?? timestamp.instant
  }

  /// The time that an event received at `receivedAt` counts from:
  /// `receivedAt - (sentAt - originalTimestamp)` where all are known and nothing speaks against it.
  func clock(receivedAt: Timestamp) -> EventClock {
    guard let own else { return received(receivedAt, isUnreadable ? .unparseable : .undated) }
    var clock = received(own, isHistorical ? .historical : .ok)
    if !isHistorical, !keepsTimes, let sent = sent.instant {
      // Instants have years of four digits, so that neither difference nor sum overflows.
      let skew = receivedAt.milliseconds - sent.milliseconds
      let corrected = own + Milliseconds(skew)
      // A time of sending that leaves no time to the event, the end of 9999 for instance, corrects nothing.
      if corrected >= .earliest {
        clock.time = corrected
        if skew.magnitude >= Self.skewIgnored.magnitude { clock.verdict = .corrected }
      }
    }
    guard clock.time <= receivedAt + Self.futureMax else {
      return received(receivedAt, .futureClamped)
    }
    clock.isLate = !isHistorical && clock.time < receivedAt - Self.lateAfter
    return clock
  }

  private func received(_ time: Timestamp, _ verdict: ClockVerdict) -> EventClock {
    EventClock(time: time, verdict: verdict, isImported: keepsTimes)
  }

  /// Whether it has a time, but none that can be read.
  private var isUnreadable: Bool {
    own == nil && (timestamp == .unreadable || original == .unreadable)
  }

  /// Why an event under the clock of the events has no place in time; nil if it has one.
  ///
  /// - Parameter latest: The latest time that is believed.
  func importProblem(through latest: Timestamp) -> (code: EventProblem.Code, field: EventField)? {
    if isUnreadable {
      return (.unreadableTime, timestamp == .unreadable ? .timestamp : .originalTimestamp)
    }
    if let own, own > latest {
      return (.futureTime, timestamp.instant != nil ? .timestamp : .originalTimestamp)
    }
    return nil
  }
}
