// Why two identifiers are one person or not, in words and as JSON.

import Audiences
import Bytes
import Engine
import Profiles
import Storage

extension EdgeKind {
  /// Why two identifiers belong together, in words.
  package var words: String {
    switch self {
    case .deterministic: "one event has both"
    case .manual: "merged manually"
    case .alias: "alias"
    }
  }
}

extension IdentityExplanation {
  /// One step of a path, or one cause; absent members are nil.
  package struct Line {
    /// The identifier that it is about.
    package var identifier: Identifier?
    /// The other one: what it is tied to or kept from.
    package var other: Identifier?
    /// Why, in words.
    package var because: String
    /// The record that shows it; of a manual split only `record` is known.
    package var evidence: Evidence?
    /// The record.
    package var record: SequenceNumber?
    /// How many events show it.
    package var count: UInt64?
  }

  /// Whether they are one person.
  package var isConnected: Bool {
    if case .connected = answer { true } else { false }
  }

  /// The steps or causes.
  package var lines: [Line] {
    switch answer {
    case .connected(let hops):
      hops.map {
        Line(
          identifier: $0.from, other: $0.to, because: $0.kind.words, evidence: $0.evidence,
          record: $0.evidence.sequence)
      }
    case .apart(let causes): causes.map(Self.line)
    }
  }

  private static func line(_ cause: Cause) -> Line {
    switch cause {
    case .refused(let refusal):
      Line(
        identifier: refusal.demoted, other: refusal.home, because: refusal.because,
        evidence: refusal.evidence, record: refusal.evidence.sequence, count: refusal.count)
    case .split(let sequence): Line(because: "split manually", record: sequence)
    case .blocked(let identifier):
      Line(identifier: identifier, because: "the value does not identify anyone")
    case .neverSeen(let identifier): Line(identifier: identifier, because: "never seen")
    case .personAndAccount(let isMember):
      Line(
        because: isMember
          ? "they are a person and an account of the person"
          : "they are a person and an account that the person does not belong to")
    case .noEvidence: Line(because: "no event has identifiers of both")
    }
  }

  /// Adds one object.
  package func write(to json: inout JSONBuilder) {
    json.beginObject()
    json.member("one_person", isConnected)
    json.text("profile_of_first", profiles.0?.description)
    json.text("profile_of_second", profiles.1?.description)
    json.member(isConnected ? "path" : "causes", arrayOf: lines) { write($1, to: &$0) }
    json.endObject()
  }

  private func write(_ line: Line, to json: inout JSONBuilder) {
    json.beginObject()
    json.text("identifier", line.identifier?.description)
    json.text(isConnected ? "with" : "kept_from", line.other?.description)
    json.member("because", line.because)
    json.member("seen_at", line.evidence?.time)
    json.text("source", line.evidence?.source)
    json.text("message_id", line.evidence?.messageID)
    json.number("record", line.record?.value)
    if !isConnected { json.number("times", line.count) }
    json.endObject()
  }
}

extension JSONBuilder {
  /// A text; null for none or an empty one.
  fileprivate mutating func text(_ name: String, _ text: String?) {
    key(name)
    if let text, !text.isEmpty { value(text) } else { null() }
  }

  /// A number; null for none.
  fileprivate mutating func number(_ name: String, _ number: UInt64?) {
    key(name)
    if let number { value(number) } else { null() }
  }
}
