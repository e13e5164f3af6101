// Webhooks of a store: what is recorded, what another process finds, what receivers have to do with each other, and
// what is done by hand.

import Bytes
import Foundation
import Storage
import Testing

@testable import Activation
@testable import Cairn
@testable import Engine

@Suite struct WebhookTests {
  private let directory = TemporaryDirectory()

  private func makeStore(_ destinations: [Destination]) throws -> Store {
    let store = try Store.create(at: directory.path + "/\(UUID())", options: .repeatable())
    _ = try store.apply(definitions(audiences: [("some", #"count("A") >= 1 and count("B") = 0"#)]))
    for destination in destinations { try store.addDestination(destination) }
    return store
  }

  private func events(_ range: Range<Int>, _ name: String = "A") -> [String] {
    range.map {
      track(name, id: "\(name)\($0)", #""userId":"u\#($0)""#, at: "2026-03-01T00:00:00Z")
    }
  }

  private func end(_ milliseconds: Int64) -> Timestamp { Timestamp(milliseconds: milliseconds) }

  @Test func whatIsRecordedComesBackAndSendsNothing() throws {
    let store = try makeStore([webhook("d")])
    try store.take(events(0..<10))
    let run = WebhookRun(
      store, TestReceivers { $0.users.contains("+u4") ? .init(status: 400) : .init() })
    try run.run(until: end(0))
    #expect(run.receivers.seen.flatMap(\.users).filter { $0 != "+u4" }.count >= 9)
    let report = try #require(try store.snapshot().destinations.first)
    #expect(report.messages == 9 && report.dead == 1 && report.retrying == 0)
    #expect(try store.snapshot().deadLetters().map(\.letter.failure) == [.status(400)])
    let hash = try store.snapshot().stateHash()
    let states = store.destinationStates
    #expect(store.verify(replay: true).problems == [])
    try store.rebuildDerived()
    #expect(try store.snapshot().stateHash() == hash && store.destinationStates == states)
    let path = store.directory.path
    try store.close()
    let again = try Store.open(at: path, options: .repeatable())
    let second = WebhookRun(again, TestReceivers())
    try second.run(until: end(0))
    #expect(second.receivers.seen.isEmpty)
    try again.close()
  }

  @Test func aReceiverThatNeverAnswersIsAloneWithIt() throws {
    /// What the receiver of a destination sees while others are there.
    func seen(_ others: [Destination]) throws -> [(Timestamp, [String])] {
      let store = try makeStore(others + [webhook("healthy")])
      let healthy = UInt32(others.count + 1)
      let run = WebhookRun(
        store,
        TestReceivers { seen in
          switch seen.destination {
          case healthy: seen.users.contains("+u7") ? .init(status: 422) : .init()
          case 1: nil
          default: .init(failure: .timeout)
          }
        })
      for round in 0..<20 {
        try store.take(events((round * 5)..<(round * 5 + 5)))
        if round.isMultiple(of: 3) { try store.take(events((round * 5)..<(round * 5 + 2), "B")) }
        try run.run(until: end(Int64(round) * 40_000))
      }
      return run.receivers.seen.filter { $0.destination == healthy }.map { ($0.at, $0.users) }
    }
    let alone = try seen([])
    let together = try seen([webhook("silent"), webhook("slow", batch: 50)])
    #expect(alone.count > 30)
    #expect(alone.map(\.0) == together.map(\.0))
    #expect(alone.map(\.1) == together.map(\.1))
  }

  @Test func changesOfOnePersonArriveInOrderHoweverRequestsFail() throws {
    let store = try makeStore([webhook("d")])
    var random: UInt64 = 3
    let run = WebhookRun(
      store,
      TestReceivers { _ in
        random = random &* 6_364_136_223_846_793_005 &+ 1
        switch random >> 60 {
        case 0...5: return .init(status: 503)
        case 6: return .init(failure: .unreachable)
        default: return .init()
        }
      })
    var accepted: [String] = []
    let answer = run.receivers.answer
    run.receivers.answer = { seen in
      let result = answer(seen)
      if result?.failure == nil { accepted += seen.users }
      return result
    }
    for round in 0..<30 {
      try store.take(events((round * 4)..<(round * 4 + 4)))
      if round > 0 { try store.take(events((round * 4 - 4)..<(round * 4), "B")) }
      try run.run(until: end(Int64(round) * 20_000))
    }
    try run.run(until: end(100_000_000))
    #expect(accepted.count == 30 * 4 + 29 * 4)
    #expect(Set(accepted).count == accepted.count)
    for person in 0..<(29 * 4) {
      let entered = try #require(accepted.firstIndex(of: "+u\(person)"))
      #expect(entered < (accepted.firstIndex(of: "-u\(person)") ?? -1))
    }
  }

  @Test func deadLettersAreSentAgainSkippedAndReplayed() throws {
    let store = try makeStore([webhook("d"), webhook("other")])
    try store.take(events(0..<8))
    var refused: Set<String> = ["+u2", "+u5"]
    let receivers = TestReceivers { seen in
      seen.destination == 1 && !refused.isDisjoint(with: seen.users)
        ? .init(status: seen.users.contains("+u2") ? 422 : 400) : .init()
    }
    let run = WebhookRun(store, receivers)
    try run.run(until: end(0))
    let letters = try store.snapshot().deadLetters()
    #expect(letters.map(\.destination) == ["d", "d"])
    #expect(letters.map(\.letter.failure) == [.status(422), .status(400)])
    let body = try #require(try store.snapshot().messages(at: letters[0].letter.address, to: "d"))
    #expect(String(decoding: body, as: UTF8.self).contains(#""userId":"u2""#))
    let first = try #require(receivers.seen.last { $0.users == ["+u2"] })

    refused = ["+u5"]
    #expect(
      try store.settleDeadLetters(DeadLetterFilter(failure: .status(422)), .retry) == 1)
    try run.run(until: end(0))
    let again = try #require(receivers.seen.last)
    #expect(again.users == ["+u2"] && again.key == first.key && again.messages == first.messages)
    #expect(try store.snapshot().deadLetters().map(\.letter.failure) == [.status(400)])

    #expect(try store.settleDeadLetters(DeadLetterFilter(destination: "d"), .skip) == 1)
    #expect(try store.snapshot().deadLetters().isEmpty)
    refused = []
    let before = receivers.seen.count
    #expect(try store.snapshot().replayCount(to: "d", after: .start) == 8)
    try store.replay(to: "d", after: .start)
    try run.run(until: end(0))
    let replayed = Array(receivers.seen[before...])
    #expect(replayed.flatMap(\.users) == (0..<8).map { "+u\($0)" })
    #expect(Set(replayed.map(\.key)).isDisjoint(with: receivers.seen[..<before].map(\.key)))
    #expect(throws: StoreError.self) { try store.replay(to: "nobody", after: .start) }
    #expect(store.verify(replay: true).problems == [])
    try store.close()
  }

  @Test func erasureWaitsForWebhooksAndDeadLettersOfTheErasedAreGone() throws {
    let store = try makeStore([webhook("d")])
    try store.take(events(0..<4))
    let person = try #require(Identifier("user_id:u2"))
    #expect(throws: StoreError.self) { try store.erase([person]) }
    let run = WebhookRun(
      store, TestReceivers { $0.users.contains("+u2") ? .init(status: 400) : .init() })
    try run.run(until: end(0))
    let letter = try #require(try store.snapshot().deadLetters().first?.letter)
    _ = try store.erase([person])
    #expect(try store.snapshot().messages(at: letter.address, to: "d") == nil)
    #expect(try store.settleDeadLetters(DeadLetterFilter(), .retry) == 1)
    let sent = run.receivers.seen.count
    try run.run(until: end(0))
    #expect(try store.snapshot().deadLetters().map(\.letter.failure) == [.gone])
    #expect(!run.receivers.seen[sent...].flatMap(\.users).contains("+u2"))
    #expect(store.verify(replay: true).problems == [])
    try store.close()
  }

  @Test func whatCannotBeAWebhookIsRefused() throws {
    let store = try makeStore([])
    var bad = webhook("d")
    bad.target = .webhook(Webhook(url: "http://example.com/", secret: .environment("S")))
    #expect(throws: StoreError.self) { try store.addDestination(bad) }
    try store.addDestination(webhook("d"))
    #expect(throws: StoreError.self) { try store.deliver(to: "d") }
    try store.removeDestination("d")
    #expect(try store.snapshot().destinations.isEmpty)
    try store.close()
  }
}

/// Webhooks that require consent.
@Suite struct WebhookConsentTests {
  private let directory = TemporaryDirectory()

  private func makeStore() throws -> Store {
    let store = try Store.create(at: directory.store, options: .repeatable())
    let file = """
      audiences:
        some: performed("A")
      consent:
        ads: {merge: latest, missing: deny}
      """
    _ = try store.apply(try DefinitionFile.read(file, file: "test"))
    var destination = webhook("d", batch: 2)
    destination.consents = ["ads"]
    try store.addDestination(destination)
    return store
  }

  private func event(_ user: String, permits: Bool, _ id: String) -> String {
    #"{"type":"track","event":"A","messageId":"\#(id)","userId":"\#(user)","#
      + #""timestamp":"2026-03-01T00:00:00Z","#
      + #""context":{"consent":{"categoryPreferences":{"ads":\#(permits)}}}}"#
  }

  @Test func consentIsAskedWhenARequestIsHandedOut() throws {
    let store = try makeStore()
    let run = WebhookRun(store, TestReceivers())
    try store.take([event("u1", permits: true, "1"), event("u2", permits: true, "2")])
    try run.run(until: .init(milliseconds: 0))
    #expect(run.receivers.seen.flatMap(\.users) == ["+u1", "+u2"])
    // Entered and withdrawn before it was handed out: the receiver gets nothing of it.
    try store.take([
      event("u3", permits: true, "3"), event("u4", permits: true, "4"),
      event("u3", permits: false, "5"), event("u1", permits: false, "6"),
    ])
    try run.run(until: .init(milliseconds: 0))
    #expect(run.receivers.seen.dropFirst().flatMap(\.users).sorted() == ["+u4", "-u1"])
    let report = try #require(try store.snapshot().destinations.first)
    #expect(report.withheld == 2 && report.messages == 4 && report.retrying == 0)
    let decisions = try store.snapshot().withheld(from: "d")
    #expect(
      decisions.map(\.categories) == [[], ["ads"]] || decisions.map(\.categories) == [["ads"], []])
    #expect(store.verify(replay: true).problems == [])
    try store.close()
  }

  @Test func anAttemptIsHandedOutForItself() throws {
    let store = try makeStore()
    var isDown = true
    let run = WebhookRun(store, TestReceivers { _ in isDown ? .init(status: 503) : .init() })
    try store.take([event("u1", permits: true, "1"), event("u2", permits: true, "2")])
    try run.run(until: .init(milliseconds: 0))
    #expect(run.receivers.seen.map(\.users) == [["+u1", "+u2"]])
    try store.take([event("u1", permits: false, "3")])
    isDown = false
    try run.run(until: .init(milliseconds: 100_000))
    // The receiver may have had the entry, so the exit comes too.
    #expect(run.receivers.seen.dropFirst().flatMap(\.users) == ["+u2", "-u1"])
    #expect(try store.snapshot().destinations.first?.withheld == 1)
    #expect(store.verify(replay: true).problems == [])
    try store.close()
  }
}
