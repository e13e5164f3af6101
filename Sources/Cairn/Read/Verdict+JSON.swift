// Verdicts as JSON, for `--verdicts`, `--rejected`, redrives and answers over HTTP: one shape for all of them.

import Bytes
import Engine
import Events

extension JSONBuilder {
  /// Adds the members of a verdict: `verdict`, then `sequence` or `duplicate_of`, and for a problem `code`,
  /// `field`, `detail` and `message`; `without_erased_values` if what was kept lacks some, and
  /// `omitted` if the tracking plan left out members.
  package mutating func verdict(
    _ verdict: Verdict, detail: String, isWithoutErased: Bool, omitted: [String]
  ) {
    key("verdict")
    value(verdict.name)
    switch verdict {
    case .accepted(let sequence):
      key("sequence")
      value(sequence.value)
    case .duplicate(let sequence, let isSame):
      key("duplicate_of")
      value(sequence.value)
      key("same_content")
      value(isSame)
    case .quarantined(let sequence, let problem):
      key("sequence")
      value(sequence.value)
      self.problem(problem, detail: detail)
    case .rejected(let problem):
      self.problem(problem, detail: detail)
    }
    if isWithoutErased {
      key("without_erased_values")
      value(true)
    }
    if !omitted.isEmpty {
      key("omitted")
      beginArray()
      for path in omitted { value(path) }
      endArray()
    }
  }

  /// Adds the members of a problem.
  package mutating func problem(_ problem: EventProblem, detail: String) {
    key("code")
    value(problem.name)
    key("field")
    value(problem.field.name)
    if !detail.isEmpty {
      key("detail")
      value(detail)
    }
    key("message")
    value(problem.sentence(detail: detail))
  }
}

extension JSONBuilder {
  /// Adds the members of a line: `line`, `item` if it is one of a batch, `offset`, its verdict and its time.
  package mutating func line(_ line: LineVerdict) {
    key("line")
    value(line.line)
    if line.item > 0 {
      key("item")
      value(line.item)
    }
    key("offset")
    value(line.offset)
    verdict(
      line.verdict, detail: line.detail, isWithoutErased: line.isWithoutErased,
      omitted: line.omitted)
    time(line.clock, isOutOfOrder: line.isOutOfOrder)
  }

  /// Adds the members that tell the time of an accepted event: `time`, `clock`, `late`, `out_of_order`.
  package mutating func time(_ clock: EventClock?, isOutOfOrder: Bool) {
    guard let clock else { return }
    key("time")
    value(clock.time.description)
    key("clock")
    value(clock.verdict.name)
    key("late")
    value(clock.isLate)
    key("out_of_order")
    value(isOutOfOrder)
  }
}

extension Verdict {
  /// The name in files of verdicts.
  package var name: String {
    switch self {
    case .accepted: "accepted"
    case .duplicate: "duplicate"
    case .quarantined: "quarantined"
    case .rejected: "rejected"
    }
  }
}

extension EventProblem {
  /// The sentence, with the rule or column that it is about.
  package func sentence(detail: String) -> String {
    detail.isEmpty ? sentence() : "\(sentence()) (\(detail))"
  }
}
