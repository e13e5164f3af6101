// What may come in is judged in one place, so that a preview says what the ingest after it says.

import Bytes
import Events
import Foundation
import Storage
import Testing

@testable import Activation
@testable import Cairn
@testable import Engine

@Suite struct AdmissionTests {
  private let directory = TemporaryDirectory()

  private static let plan = """
    violations: omit
    unplanned_events: block
    events: {Seen: {properties: {properties: {properties: {n: {type: number}}}}}}
    """

  private func seen(_ id: String, _ identifiers: String, _ properties: String = "") -> String {
    track("Seen", id: id, identifiers, at: "2026-03-01T10:00:00Z", properties: properties)
  }

  /// A line that is not an event.
  private static func bad(_ text: String) -> String { #"{"type":"walk","messageId":"\#(text)"}"# }

  /// A store with events, a line that was dropped, a plan, and somebody erased.
  private func makeStore() throws -> Store {
    let store = try Store.create(at: directory.store, options: .repeatable())
    try store.take([seen("m1", #""userId":"jane""#), seen("m2", #""userId":"bob""#), Self.bad("1")])
    _ = try store.dropQuarantined()
    try store.take([Self.bad("2")])
    _ = try store.applyTracking(Self.plan, file: "plan")
    _ = try store.erase([try #require(Identifier("user_id:jane"))])
    return store
  }

  private var lines: [String] {
    [
      // Known, new, of which something is left out, that the plan quarantines.
      seen("m2", #""userId":"bob""#), seen("m3", #""userId":"bob""#),
      seen("m4", #""userId":"bob""#, #""n":"one""#),
      track("Other", id: "m5", #""userId":"bob""#),
      // Of somebody erased, of another who names her, both with something left out.
      seen("m6", #""userId":"jane""#), seen("m7", #""userId":"bob","anonymousId":"jane""#),
      #"{"type":"alias","messageId":"m8","userId":"bob","previousId":"jane"}"#,
      seen("m9", #""userId":"jane""#, #""n":"one""#),
      // Not events: dropped before, in quarantine, new, with her name, twice.
      Self.bad("1"), Self.bad("2"), Self.bad("3"), Self.bad("jane"), Self.bad("bob"),
      Self.bad("bob"),
      // The same event once more.
      seen("m3", #""userId":"bob""#),
    ]
  }

  @Test func aPreviewSaysWhatTheIngestSays() throws {
    let store = try makeStore()
    let path = directory.path + "/input"
    try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: URL(filePath: path))
    let last = store.lastSequence
    let before = try store.snapshot().stateHash()
    let handle = try #require(FileHandle(forReadingAtPath: path))
    let preview = try store.preview(
      descriptor: handle.fileDescriptor, options: .past(), examplesMax: 100)
    #expect(store.lastSequence == last)
    #expect(try store.snapshot().stateHash() == before)
    try handle.seek(toOffset: 0)
    var problems: [LineVerdict] = []
    let summary = try store.ingest(descriptor: handle.fileDescriptor, options: .past()) { line in
      switch line.verdict {
      case .quarantined, .rejected: problems.append(line)
      case .accepted, .duplicate: break
      }
    }
    #expect(preview.verdicts == summary.verdicts)
    #expect(preview.times == summary.times)
    #expect(preview.problems.map(Self.text) == problems.map(Self.text))
    let verdicts = summary.verdicts
    #expect(verdicts.accepted > 0 && verdicts.duplicates > 0 && verdicts.quarantined > 0)
    #expect(verdicts.rejected > 0 && verdicts.omitted > 0 && verdicts.withoutErased > 0)
    #expect(preview.events.count == verdicts.accepted + 2)
    try store.close()
  }

  /// A problem without the record that has the line.
  private static func text(_ line: LineVerdict) -> String {
    let problem =
      switch line.verdict {
      case .quarantined(_, let problem), .rejected(let problem): problem.name
      case .accepted, .duplicate: ""
      }
    return "\(line.line) \(problem) \(line.detail) \(line.isWithoutErased)"
  }

  /// A line that is still not acceptable stays, and is reported for what is wrong with it now.
  @Test func aLineThatIsTriedAgainStaysWhereItIs() throws {
    let store = try makeStore()
    try store.take([track("Other", id: "m5", #""userId":"bob""#), Self.bad("3")])
    let kept = try store.snapshot().quarantinedCount
    _ = try store.applyTracking(
      "{violations: block, events: {Other: {properties: {properties: {required: [n]}}}}}",
      file: "plan")
    let last = store.lastSequence
    var verdicts: [RedriveVerdict] = []
    _ = try store.redrive { verdicts.append($0) }
    #expect(store.lastSequence == last && verdicts.count == Int(kept))
    var problems: [String] = []
    for verdict in verdicts {
      guard case .quarantined(verdict.sequence, let problem) = verdict.verdict else {
        Issue.record("\(verdict)")
        continue
      }
      problems.append(problem.name)
    }
    #expect(problems == ["unknown_type", "plan_blocked", "unknown_type"])
    #expect(try store.snapshot().quarantinedCount == kept)
    // Once the plan is gone the event comes in, and the lines stay.
    _ = try store.applyTracking("", file: "plan")
    #expect(try store.redrive().accepted == 1)
    #expect(try store.snapshot().quarantinedCount == kept - 1)
    #expect(store.verify(replay: true).problems == [])
    try store.close()
  }
}
