// What a run of `cairn ingest` notes of a line, taken in by the command itself or by a server.

import Cairn
import CairnServer
import Engine
import Events

/// A line and what is to be said of it.
struct NotedLine {
  /// What became of it.
  enum Outcome {
    /// It came in, or was there.
    case fine
    /// It came in, with a time that cannot be read.
    case unreadableTime
    /// Another event has its message id.
    case otherContent
    /// It did not come in.
    case problem(verdict: String, code: String, sentence: String)
  }

  var line: Int
  /// The number of the event in its batch, from 1; 0 for a line of its own.
  var item: Int
  var outcome: Outcome

  init(_ line: LineVerdict) {
    self.line = line.line
    item = line.item
    outcome =
      switch line.verdict {
      case .accepted where line.clock?.verdict == .unparseable: .unreadableTime
      case .accepted, .duplicate(_, isSame: true): .fine
      case .duplicate(_, isSame: false): .otherContent
      case .quarantined(_, let problem), .rejected(let problem):
        .problem(
          verdict: line.verdict.name, code: problem.name,
          sentence: problem.sentence(detail: line.detail))
      }
  }

  /// A verdict as a server writes it, of which this much is used.
  private struct Form: Decodable {
    var line: Int
    var item: Int?
    var verdict: String
    var sameContent: Bool?
    var code: String?
    var message: String?
    var clock: String?
  }

  /// Reads a verdict of a server.
  init(json: [UInt8]) throws {
    let form: Form = try ServerConnection.decode(json)
    line = form.line
    item = form.item ?? 0
    if let code = form.code {
      outcome = .problem(verdict: form.verdict, code: code, sentence: form.message ?? "")
    } else if form.sameContent == false {
      outcome = .otherContent
    } else {
      outcome = form.clock == ClockVerdict.unparseable.name ? .unreadableTime : .fine
    }
  }
}

extension LineVerdict {
  /// Whether something is to be said of it.
  var isNoteworthy: Bool {
    if case .fine = NotedLine(self).outcome { false } else { true }
  }
}
