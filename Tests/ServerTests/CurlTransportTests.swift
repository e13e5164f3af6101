// Requests over libcurl against a receiver on this machine: what becomes of each kind of answer.

import Bytes
import Engine
import Foundation
import Testing

@testable import Activation

@Suite struct CurlTransportTests {
  private func send(to port: Int, timeout: Int64 = 60_000) throws -> WebhookAnswer {
    var webhook = Webhook(url: "http://127.0.0.1:\(port)/", secret: .environment("S"))
    webhook.timeout = Milliseconds(timeout)
    let address = try #require(FeedCursor("1.0"))
    let item = OutboxItem(
      address: address, profile: ProfileID(Hash128(high: 0, low: 1)), messages: 1,
      json: Array(#"{"userId":"u"}"#.utf8))
    let name = try #require(RequestName(of: [address]))
    let transport = CurlTransport(userAgent: "test")
    transport.start(
      WebhookRequest(
        OutboxSending(id: 1, name: name, items: [item], replayCount: 0), of: 1, to: webhook,
        store: "s", secret: [1], at: Timestamp(milliseconds: 0)))
    while true {
      if let answer = transport.takeAnswers().first { return answer.1 }
      transport.wait(atMost: Milliseconds(1000))
    }
  }

  private func answer(_ text: String) throws -> WebhookAnswer {
    let receiver = try TestReceiver { _ in text }
    defer { receiver.close() }
    let answer = try send(to: receiver.port)
    #expect(receiver.rest().count == 1)
    return answer
  }

  @Test func statusesAreTakenAsTheyAre() throws {
    #expect(try answer(TestReceiver.answer(204)) == WebhookAnswer())
    #expect(try answer(TestReceiver.answer(422)) == WebhookAnswer(failure: .status(422)))
    // A receiver that sends somewhere else is not followed.
    #expect(
      try answer(TestReceiver.answer(302, "Location: /elsewhere"))
        == WebhookAnswer(failure: .status(302)))
  }

  @Test func retryAfterIsReadInBothForms() throws {
    #expect(
      try answer(TestReceiver.answer(429, "Retry-After: 120")).retryAfter == Milliseconds(120_000))
    let form = DateFormatter()
    form.locale = Locale(identifier: "en_US_POSIX")
    form.timeZone = TimeZone(identifier: "GMT")
    form.dateFormat = "EEE, dd MMM yyyy HH:mm:ss 'GMT'"
    let date = form.string(from: Date(timeIntervalSinceNow: 86_400))
    let wait = try #require(try answer(TestReceiver.answer(503, "Retry-After: \(date)")).retryAfter)
    #expect(wait > Milliseconds(80_000_000) && wait <= Milliseconds(86_400_000))
    #expect(try answer(TestReceiver.answer(503, "Retry-After: soon")).retryAfter == nil)
  }

  @Test func longAnswersCostNothing() throws {
    let body = String(repeating: "x", count: 1 << 20)
    #expect(try answer(TestReceiver.answer(200, body: body)) == WebhookAnswer())
    #expect(try answer(TestReceiver.answer(500, body: body)).failure == .status(500))
  }

  @Test func whatIsNoAnswerIsTold() throws {
    let silent = try TestReceiver { _ in nil }
    defer { silent.close() }
    #expect(try send(to: silent.port, timeout: 100).failure == .timeout)
    let gone = try TestReceiver()
    gone.close()
    #expect(try send(to: gone.port).failure == .unreachable)
    let rude = try TestReceiver { _ in "nonsense\r\n\r\n" }
    defer { rude.close() }
    #expect(try send(to: rude.port).failure == .unreachable)
  }
}
