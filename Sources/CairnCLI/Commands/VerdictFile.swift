// Verdicts as lines of JSON, for `--verdicts`, `--rejected` and redrives: one shape for all of them.

import Bytes
import Engine
import Events

extension JSONBuilder {
  /// Adds the members of a verdict: `verdict`, then `sequence` or `duplicate_of`, and for a problem `code`,
  /// `field`, `detail` and `message`; `without_erased_values` if what was kept lacks some, and
  /// `omitted` if the tracking plan left out members.
  mutating func verdict(
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
  mutating func problem(_ problem: EventProblem, detail: String) {
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

extension Verdict {
  /// The name in files of verdicts.
  var name: String {
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
  func sentence(detail: String) -> String {
    detail.isEmpty ? sentence() : "\(sentence()) (\(detail))"
  }
}
