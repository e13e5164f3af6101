// Consent that ends by itself: a delivery first brings time up to date, so that its decisions rest on the log.

import Bytes
import Storage
import Testing

@testable import Activation
@testable import Cairn
@testable import Engine

@Suite struct ConsentExpiryTests {
  private let directory = TemporaryDirectory()

  private func answer(_ user: String, _ id: String, _ json: String, at time: String) -> String {
    #"{"type":"track","event":"Order Completed","messageId":"\#(id)","userId":"\#(user)","#
      + #""timestamp":"\#(time)","context":{"consent":{"categoryPreferences":\#(json)}}}"#
  }

  @Test func whatHasExpiredByTheClockIsNotSent() throws {
    let start = instant("2026-03-01T00:00:00Z")
    let clock = StandingClock(start.milliseconds)
    let store = try Store.create(at: directory.store, options: clock.options())
    let file = """
      audiences:
        buyers: performed("Order Completed")
      consent:
        ads: {expires_after: 4s}
      """
    _ = try store.apply(try DefinitionFile.read(file, file: "test"))
    let path = directory.path + "/ads"
    try store.addDestination(
      Destination(name: "ads", path: path, audiences: ["buyers"], consents: ["ads"]))
    try store.take(
      [answer("a", "1", #"{"ads":true}"#, at: start.description)], clock: .system)
    let later = start + Milliseconds(6000)
    clock.set(later.milliseconds)
    let report = try #require(try store.deliver(to: ["ads"]).first?.report)
    // The entry and the exit by time, neither of which is sent.
    #expect(report.messages == 0 && report.withheld == 2)
    #expect(try store.snapshot().withheld(from: "ads").allSatisfy { $0.decidedAt == later })
    try store.take(
      [answer("a", "2", #"{"ads":true}"#, at: later.description)], clock: .system)
    #expect(try store.deliver(to: ["ads"]).first?.report.messages == 1)
    try store.close()
  }
}
