// Webhooks of a store in logical time, with receivers that are given.

import Bytes
import Engine
import Foundation
import Storage
import Testing

@testable import Activation

/// What receivers get, and how they answer.
final class TestReceivers: WebhookTransport {
  /// A request as a receiver saw it.
  struct Seen: Equatable {
    var destination: UInt32
    var at: Timestamp
    var key: String
    var body: String

    /// The messages' own keys.
    var messages: [String] {
      body.matches(of: /"messageId":"([0-9a-f]+)"/).map { String($0.1) }
    }

    /// Who the messages are about, and whether they entered.
    var users: [String] {
      body.matches(of: /"event":"Audience (Entered|Exited)".*?"userId":"(\w+)"/).map {
        ($0.1 == "Entered" ? "+" : "-") + $0.2
      }
    }
  }

  private(set) var seen: [Seen] = []
  var now = Timestamp.earliest
  private var answers: [(WebhookRequest.Name, WebhookAnswer)] = []
  /// How a request is answered; nil for never.
  var answer: (Seen) -> WebhookAnswer?

  init(_ answer: @escaping (Seen) -> WebhookAnswer? = { _ in WebhookAnswer() }) {
    self.answer = answer
  }

  func start(_ request: WebhookRequest) {
    let request = (
      Seen(
        destination: request.name.destination, at: now,
        key: request.headers.first { $0.name == "Idempotency-Key" }?.value ?? "",
        body: String(decoding: request.body, as: UTF8.self)), request.name
    )
    seen.append(request.0)
    if let answer = answer(request.0) { answers.append((request.1, answer)) }
  }

  func takeAnswers() -> [(WebhookRequest.Name, WebhookAnswer)] {
    defer { answers.removeAll() }
    return answers
  }
}

/// Serves the webhooks of a store.
final class WebhookRun {
  let receivers: TestReceivers
  private let access: DirectAccess
  private let loop: DeliveryLoop
  private(set) var now: Timestamp

  init(_ store: Store, _ receivers: TestReceivers, at now: Timestamp = .init(milliseconds: 0)) {
    self.receivers = receivers
    self.now = now
    access = DirectAccess(store)
    loop = DeliveryLoop(
      access, receivers, ImmediateReader(), secrets: { _ in [1] }, seed: { 7 })
  }

  /// Does everything that is due until an instant, at which it ends.
  ///
  /// - Throws: What the store fails with.
  func run(until end: Timestamp) throws {
    loop.noteNews()
    for _ in 0..<1_000_000 {
      receivers.now = now
      let wake = loop.step(at: now)
      if let failure = access.failure { throw failure }
      if access.hasNews { continue }
      guard let wake, wake <= end else {
        now = max(now, end)
        return
      }
      now = max(now, wake)
    }
    Issue.record("deliveries come to an end")
  }

  var statuses: [DeliveryStatus] { loop.statuses }
}

/// A webhook for tests.
func webhook(_ name: String, batch: UInt32 = 3, audiences: [String] = ["some"]) -> Destination {
  var webhook = Webhook(url: "https://example.com/\(name)", secret: .environment("SECRET"))
  webhook.batchMax = batch
  return Destination(name: name, webhook: webhook, audiences: audiences)
}
