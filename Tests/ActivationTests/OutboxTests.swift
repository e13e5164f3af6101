// Outboxes with a clock and receivers that are given: order, splitting, retries, limits, and what is left after a
// crash.

import Bytes
import Engine
import Testing

@testable import Activation

/// Runs one outbox against a receiver, in logical time.
struct OutboxRun {
  /// A request as the receiver saw it.
  struct Seen: Equatable {
    var at: Int64
    var items: [String]
    var key: String
  }

  var outbox: Outbox
  var now = Timestamp(milliseconds: 0)
  var seen: [Seen] = []
  /// The dead letters by address.
  var dead: [String: DeliveryFailure] = [:]
  var delivered: [String] = []
  /// The recorded results, as the log would have them.
  var results: [SettlementRecord.Result] = []
  var handOuts: [HandOutRecord] = []

  init(
    _ webhook: Webhook = OutboxRun.webhook(), from state: DestinationState? = nil,
    requeued: [FeedCursor] = [], policy: RetryPolicy = RetryPolicy()
  ) throws {
    let destination = Destination(name: "d", webhook: webhook, audiences: ["a"])
    let state =
      state ?? DestinationState(number: 1, defining: destination, start: .start)
    outbox = try #require(Outbox(state, requeued: requeued, policy: policy, seed: 1))
  }

  static func webhook(batch: UInt32 = 4, rate: UInt32? = nil) -> Webhook {
    var webhook = Webhook(url: "https://example.com/", secret: .environment("S"))
    webhook.batchMax = batch
    webhook.requestsPerSecondMax = rate
    return webhook
  }

  static func address(_ sequence: UInt64) -> FeedCursor {
    FeedCursor(sequence: SequenceNumber(sequence), index: 0) ?? .start
  }

  /// Items of profiles; the nth is in record n + `first`.
  mutating func add(_ profiles: [UInt64], from first: UInt64 = 1) {
    let items = profiles.enumerated().map { index, profile in
      OutboxItem(
        address: Self.address(first + UInt64(index)),
        profile: ProfileID(Hash128(high: 0, low: profile)), messages: 1,
        json: Array("{\(first + UInt64(index))}".utf8))
    }
    let end = SequenceNumber(first + UInt64(profiles.count))
    outbox.add(FeedChunk(items: items, through: FeedCursor(sequence: end)))
  }

  /// Hands out and sends all that is due, and gives the answers at once; nil leaves a request without one.
  mutating func send(_ answer: (Seen) -> WebhookAnswer?) {
    while true {
      settle()
      let next = outbox.takeHandOuts(at: now)
      guard !next.isEmpty else { return }
      for handOut in next {
        handOuts.append(handOut.record)
        guard
          let sending = outbox.handedOut(
            handOut.id, allowed: handOut.record.items, at: now)
        else { continue }
        let request = Seen(
          at: now.milliseconds, items: sending.items.map { String($0.address.sequence.value) },
          key: WebhookRequest.key(sending, of: 1, store: "s"))
        seen.append(request)
        if let answer = answer(request) { outbox.answered(sending.id, answer, at: now) }
      }
    }
  }

  private mutating func settle() {
    guard let (record, ids) = outbox.takeSettlement(at: now) else { return }
    results += record.results
    for result in record.results {
      switch result {
      case .delivered(let name, _): delivered.append("\(name.first)-\(name.last)")
      case .split: break
      case .dead(let items, let failure, _):
        for item in items { dead[String(item.sequence.value)] = failure }
      }
    }
    outbox.settled(ids)
  }

  /// Goes on to the next instant at which something can be done, until there is none.
  mutating func runOut(_ answer: (Seen) -> WebhookAnswer?) {
    for _ in 0..<100_000 {
      send(answer)
      guard let next = outbox.wakeTime(after: now) else { return }
      now = max(next, now)
    }
    Issue.record("an outbox comes to an end")
  }
}

@Suite struct OutboxTests {
  private static let fine = WebhookAnswer()
  private static func status(_ status: Int, after seconds: Int64? = nil) -> WebhookAnswer {
    WebhookAnswer(status: status, retryAfter: seconds.map { Milliseconds($0 * 1000) })
  }

  @Test func aRequestOfOtherChangesHasAnotherKey() throws {
    func key(_ sequences: [UInt64]) throws -> String {
      let addresses = sequences.map(OutboxRun.address)
      let items = addresses.map {
        OutboxItem(
          address: $0, profile: ProfileID(Hash128(high: 0, low: 1)), messages: 1,
          json: [0x7B, 0x7D])
      }
      let name = try #require(RequestName(of: addresses))
      let sending = OutboxSending(id: 1, name: name, items: items, replayCount: 0)
      return WebhookRequest.key(sending, of: 1, store: "s")
    }
    #expect(try key([3, 5]) != key([3, 4, 5]))
    #expect(try key([3, 5]) == key([3, 5]))
  }

  @Test func batchesGoOutInOrder() throws {
    var run = try OutboxRun()
    run.add([1, 2, 3, 4, 5, 6, 7, 8, 9])
    run.runOut { _ in Self.fine }
    #expect(run.seen.map(\.items) == [["1", "2", "3", "4"], ["5", "6", "7", "8"], ["9"]])
    #expect(run.seen.allSatisfy { $0.at == 0 })
    #expect(run.outbox.counts.messages == 9 && run.outbox.pendingCount == 0)
    #expect(Set(run.seen.map(\.key)).count == 3)
  }

  @Test func aProfileWaitsForItsEarlierChangeAndOthersDoNot() throws {
    var run = try OutboxRun(OutboxRun.webhook(batch: 2))
    run.add([1, 2, 1, 3, 2, 4, 1])
    // The first request is never answered: everything of 1 and 2 waits.
    run.send { $0.items == ["1", "2"] ? nil : Self.fine }
    #expect(run.seen.map(\.items) == [["1", "2"], ["4", "6"]])
    #expect(run.handOuts.last?.held.map(\.sequence.value) == [3, 5])
    #expect(run.outbox.pendingCount == 5)
    // When it fails and is due again, it goes out first, and the others follow it.
    let id = run.outbox.requests[0].id
    run.outbox.answered(id, Self.status(503), at: run.now)
    run.runOut { _ in Self.fine }
    #expect(run.seen.map(\.items) == [["1", "2"], ["4", "6"], ["1", "2"], ["3", "5"], ["7"]])
    #expect(run.seen[0].key == run.seen[2].key)
  }

  @Test func aRefusedBatchIsSplitDownToTheMessage() throws {
    var run = try OutboxRun(OutboxRun.webhook(batch: 8))
    run.add([1, 2, 3, 4, 5, 6, 7, 8])
    run.runOut { $0.items.contains("6") ? Self.status(422) : Self.fine }
    #expect(run.dead == ["6": .status(422)])
    #expect(run.outbox.counts.messages == 7 && run.outbox.counts.dead == 1)
    #expect(
      run.seen.map(\.items.count) == [8, 4, 4, 2, 2, 1, 1], "halves, at once and without waiting")
    #expect(run.now.milliseconds == 0)
  }

  @Test func tooLargeABatchIsSplitToo() throws {
    var run = try OutboxRun()
    run.add([1, 2, 3, 4])
    run.runOut { $0.items.count > 1 ? Self.status(413) : Self.fine }
    #expect(run.dead.isEmpty && run.outbox.counts.messages == 4)
  }

  @Test(arguments: [301, 401, 403, 404, 405, 408, 410])
  func whatSaysNothingOfTheMessagesIsTriedAgain(status: Int) throws {
    var run = try OutboxRun()
    run.add([1, 2, 3])
    run.send { _ in Self.status(status) }
    #expect(run.dead.isEmpty && run.seen.count == 1)
    run.runOut { _ in Self.fine }
    #expect(run.seen.map(\.items) == [["1", "2", "3"], ["1", "2", "3"]])
  }

  @Test func delaysDoubleWithVariationAndEndAfterTheWindow() throws {
    var run = try OutboxRun(OutboxRun.webhook(batch: 2))
    run.add([1, 2])
    run.runOut { _ in WebhookAnswer(failure: .unreachable) }
    let delays = zip(run.seen, run.seen.dropFirst()).map { $1.at - $0.at }
    for (index, delay) in delays.enumerated() {
      let middle = min(10_000 << min(index, 5), 300_000)
      #expect(middle * 4 / 5 <= Int(delay) && Int(delay) <= middle * 6 / 5, "delay \(index)")
    }
    #expect(Set(delays.suffix(10)).count > 5, "delays vary")
    let last = try #require(run.seen.last)
    #expect(last.at <= 180 * 60_000 && last.at > 170 * 60_000)
    #expect(run.dead == ["1": .unreachable, "2": .unreachable])
    #expect(Set(run.seen.map(\.key)).count == 1)
  }

  @Test func atLeastThreeAttemptsAreMade() throws {
    var policy = RetryPolicy()
    policy.window = Milliseconds(1)
    var run = try OutboxRun(policy: policy)
    run.add([1])
    run.runOut { _ in WebhookAnswer(failure: .timeout) }
    #expect(run.seen.count == 3 && run.dead == ["1": .timeout])
  }

  @Test func aReceiverThatFailsOverOneMessageLosesOnlyThat() throws {
    var run = try OutboxRun(OutboxRun.webhook(batch: 8))
    run.add([1, 2, 3, 4, 5, 6, 7, 8])
    run.runOut { $0.items.contains("3") ? Self.status(500) : Self.fine }
    #expect(run.dead == ["3": .status(500)])
    #expect(run.outbox.counts.messages == 7)
  }

  @Test func retryAfterHoldsEverythingOfTheDestination() throws {
    var run = try OutboxRun(OutboxRun.webhook(batch: 1))
    run.add([1])
    run.send { _ in Self.status(429, after: 120) }
    run.add([2], from: 2)
    run.send { _ in Self.fine }
    #expect(run.seen.count == 1)
    run.runOut { _ in Self.fine }
    #expect(run.seen.map(\.at) == [0, 120_000, 120_000])
    // Of another status it is not heeded.
    var other = try OutboxRun()
    other.add([1])
    other.send { _ in Self.status(500, after: 120) }
    other.runOut { _ in Self.fine }
    #expect(try #require(other.seen.last).at <= 12_000)
  }

  @Test func theRateIsKept() throws {
    var run = try OutboxRun(OutboxRun.webhook(batch: 1, rate: 4))
    run.add(Array(1...9))
    run.runOut { _ in Self.fine }
    #expect(run.seen.map(\.at) == [0, 250, 500, 750, 1000, 1250, 1500, 1750, 2000])
  }

  @Test func fewRequestsAreUnderWayAndOpen() throws {
    var run = try OutboxRun(OutboxRun.webhook(batch: 1))
    run.add(Array(1...40))
    run.send { _ in nil }
    #expect(run.seen.count == Outbox.concurrency)
    var failing = try OutboxRun(OutboxRun.webhook(batch: 1))
    failing.add(Array(1...40))
    failing.send { _ in WebhookAnswer(failure: .unreachable) }
    #expect(failing.seen.count == Outbox.requestsMax)
    failing.runOut { _ in Self.fine }
    #expect(failing.outbox.counts.messages == 40)
  }

  @Test func aMergeMakesTheSurvivorWait() throws {
    var run = try OutboxRun(OutboxRun.webhook(batch: 1))
    run.add([1])
    run.send { _ in nil }
    let (one, two) = (ProfileID(Hash128(high: 0, low: 1)), ProfileID(Hash128(high: 0, low: 2)))
    let item = OutboxItem(
      address: OutboxRun.address(2), profile: two, messages: 1, json: Array("{}".utf8))
    run.outbox.add(
      FeedChunk(items: [item], through: OutboxRun.address(3), moved: [one: two]))
    run.send { _ in Self.fine }
    #expect(run.seen.count == 1)
    run.outbox.answered(run.outbox.requests[0].id, Self.fine, at: run.now)
    run.send { _ in Self.fine }
    #expect(run.seen.map(\.items) == [["1"], ["2"]])
  }

  /// The state that the records of a run fold to, as after a crash.
  private func folded(_ run: OutboxRun, _ webhook: Webhook) -> DestinationState {
    var state = DestinationState(
      number: 1, defining: Destination(name: "d", webhook: webhook, audiences: ["a"]),
      start: .start)
    for record in run.handOuts { state.fold(record) }
    for result in run.results { state.fold(result, at: run.now) }
    return state
  }

  @Test func afterACrashTheSameRequestsGoOutUnderTheSameKeys() throws {
    let webhook = OutboxRun.webhook(batch: 2)
    var run = try OutboxRun(webhook)
    run.add([1, 2, 1, 3, 2, 4, 1])
    run.send { $0.items == ["1", "2"] ? nil : Self.fine }
    run.send { _ in nil }
    let state = folded(run, webhook)
    var again = try OutboxRun(webhook, from: state)
    #expect(again.outbox.question.after == FeedCursor(sequence: SequenceNumber(0)))
    #expect(again.outbox.question.wanted.map(\.sequence.value).sorted() == [1, 2, 3, 5])
    again.add([1, 2, 1, 3, 2, 4, 1, 9])
    again.runOut { _ in Self.fine }
    #expect(again.seen.map(\.items) == [["1", "2"], ["8"], ["3", "5"], ["7"]])
    #expect(again.seen[0].key == run.seen[0].key)
  }

  @Test func whatWasErasedMeanwhileIsSaid() throws {
    let webhook = OutboxRun.webhook(batch: 4)
    var run = try OutboxRun(webhook)
    run.add([1, 2, 3, 4])
    run.send { _ in nil }
    var again = try OutboxRun(webhook, from: folded(run, webhook))
    let left = OutboxItem(
      address: OutboxRun.address(3), profile: ProfileID(Hash128(high: 0, low: 3)), messages: 1,
      json: Array("{3}".utf8))
    again.outbox.add(FeedChunk(items: [left], through: OutboxRun.address(9)))
    again.runOut { _ in Self.fine }
    #expect(again.dead == ["1": .gone, "2": .gone, "4": .gone])
    #expect(again.seen.map(\.items) == [["3"]])
    // The records say the same: nothing is open any more.
    var state = folded(run, webhook)
    for (index, record) in again.handOuts.enumerated() {
      if index == 0 { state.fold(again.results[0], at: again.now) }
      state.fold(record)
    }
    for result in again.results.dropFirst() { state.fold(result, at: again.now) }
    #expect(state.outbox?.requests == [] && state.messages == 1)
  }
}
