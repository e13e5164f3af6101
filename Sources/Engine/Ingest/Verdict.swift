// The outcome of each line. Nothing is dropped silently: every line has exactly one verdict.

import Bytes
import Events

/// What became of one line of an input.
public enum Verdict: Equatable, Sendable {
  /// The event is in the log and in its profile.
  case accepted(SequenceNumber)
  /// An event of the same source with the same message id is in the log already. `isSame` tells
  /// whether the contents are equal too.
  case duplicate(of: SequenceNumber, isSame: Bool)
  /// The line is not an acceptable event; it is in the log verbatim, and not applied to anything. A line that
  /// repeats one names the record that has it.
  case quarantined(SequenceNumber, EventProblem)
  /// The line was not kept, being beyond a limit of the log.
  case rejected(EventProblem)
}

/// One line's verdict.
public struct LineVerdict: Equatable, Sendable {
  /// The line's number in its input, from 1.
  public var line: Int
  /// Where the line starts, in bytes from the start of the input.
  public var offset: Int
  /// The number of the event in its batch or list, from 1; 0 for a line or row of its own.
  public var item = 0
  /// What became of it.
  public var verdict: Verdict
  /// The rule or column that a problem is about, by its name; empty if there is none.
  public var detail = ""
  /// Whether what was kept of the line lacks values of somebody who has been erased.
  public var isWithoutErased = false
  /// The members that an accepted event came in without, because the tracking plan leaves them out,
  /// `properties.revenue` for instance.
  public var omitted: [String] = []
  /// The time that an accepted event counts from, and how it came about; nil for any other line.
  public var clock: EventClock?
  /// Whether an accepted event is earlier than the logical time that its import had reached.
  public var isOutOfOrder = false

  package init(
    line: Int, offset: Int, item: Int = 0, verdict: Verdict, detail: String = "",
    isWithoutErased: Bool = false
  ) {
    self.line = line
    self.offset = offset
    self.item = item
    self.verdict = verdict
    self.detail = detail
    self.isWithoutErased = isWithoutErased
  }
}

/// The verdicts of an input, counted.
public struct VerdictCounts: Equatable, Sendable {
  /// Events that came in.
  public var accepted = 0
  /// Events that were in the log already, with the same content.
  public var duplicates = 0
  /// Events whose message id was in the log already, with another content.
  public var conflicts = 0
  /// Lines kept without being applied.
  public var quarantined = 0
  /// Lines not kept.
  public var rejected = 0

  /// Events and lines of others, among those that came in or were kept, that lost values of people who have
  /// been erased.
  public var withoutErased = 0
  /// Events, among those that came in, of which the tracking plan left something out.
  public var omitted = 0

  package init() {}

  /// All lines.
  public var lines: Int { accepted + duplicates + conflicts + quarantined + rejected }

  /// Adds the counts of other lines.
  package mutating func add(_ other: VerdictCounts) {
    accepted += other.accepted
    duplicates += other.duplicates
    conflicts += other.conflicts
    quarantined += other.quarantined
    rejected += other.rejected
    withoutErased += other.withoutErased
    omitted += other.omitted
  }

  package mutating func count(_ line: LineVerdict) {
    if line.isWithoutErased { withoutErased += 1 }
    if !line.omitted.isEmpty { omitted += 1 }
    switch line.verdict {
    case .accepted: accepted += 1
    case .duplicate(_, let isSame): if isSame { duplicates += 1 } else { conflicts += 1 }
    case .quarantined: quarantined += 1
    case .rejected: rejected += 1
    }
  }
}
