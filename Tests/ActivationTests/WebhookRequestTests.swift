// Requests to webhooks as receivers see them, and the addresses and secrets that webhooks may have.

import Bytes
import Engine
import Foundation
import Testing

@testable import Activation

@Suite struct WebhookRequestTests {
  private static let webhook = Webhook(url: "https://example.com/", secret: .environment("S"))

  private func request(_ replays: UInt32 = 0, at now: Int64 = 1_772_366_400_000) throws
    -> WebhookRequest
  {
    let items = [3, 4].map { (sequence: UInt64) in
      OutboxItem(
        address: OutboxRun.address(sequence), profile: ProfileID(Hash128(high: 0, low: 1)),
        messages: 1, json: Array(#"{"n":\#(sequence)}"#.utf8))
    }
    let name = try #require(RequestName(of: items.map(\.address)))
    return WebhookRequest(
      OutboxSending(id: 1, name: name, items: items, replayCount: replays), of: 2,
      to: Self.webhook, store: "s", secret: Array("secret".utf8), at: Timestamp(milliseconds: now))
  }

  private func value(_ name: String, of request: WebhookRequest) -> String? {
    request.headers.first { $0.name == name }?.value
  }

  @Test func theBodyIsABatchAndItsSignatureIsThatOfAnyHMAC() throws {
    let request = try request()
    let body = String(decoding: request.body, as: UTF8.self)
    #expect(body == #"{"batch":[{"n":3},{"n":4}],"sentAt":"2026-03-01T12:00:00.000Z"}"#)
    // Computed by Python's hmac.
    #expect(
      value("X-Cairn-Signature", of: request)
        == "t=1772366400,v1=e49f02beac80d99fe6d2b34a81f35f41ad1ab8eef1817b522757b29bb564f251")
  }

  @Test func theKeyIsThatOfTheChangesWheneverTheyAreSent() throws {
    let key = try value("Idempotency-Key", of: request())
    #expect(try value("Idempotency-Key", of: request(at: 5)) == key)
    #expect(try value("Idempotency-Key", of: request(1)) != key)
  }

  @Test(arguments: [
    "https://example.com/hook?a=b", "https://example.com:8443", "http://127.0.0.1:8080/x",
    "http://localhost/", "http://[::1]:9/", "HTTPS://EXAMPLE.COM",
  ])
  func addresses(_ text: String) { #expect(WebhookAddress.problem(of: text) == nil) }

  @Test(arguments: [
    "", "example.com", "ftp://example.com/", "http://example.com/", "https://", "https:///x",
    "https://u:p@example.com/", "https://example.com/#x", "https://exa mple.com/",
    "https://example.com:0/", "https://example.com:99999/", "https://[::1/",
    "http://127.0.0.1.evil/",
    "https://example.com\\@evil/", "https://bücher.example/",
  ])
  func refusedAddresses(_ text: String) { #expect(WebhookAddress.problem(of: text) != nil) }

  @Test func secretsAreReadOnlyWhereNobodyElseCan() throws {
    let path = NSTemporaryDirectory() + "cairn-secret-" + UUID().uuidString
    defer { try? FileManager.default.removeItem(atPath: path) }
    func write(_ text: String, _ mode: Int) throws {
      try Data(text.utf8).write(to: URL(fileURLWithPath: path))
      try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
    }
    try write(" hush\n", 0o600)
    #expect(try WebhookSecrets.read(.file(path)) == Array("hush".utf8))
    try write("hush", 0o640)
    #expect(throws: WebhookSecretProblem.self) { try WebhookSecrets.read(.file(path)) }
    try write("\n", 0o600)
    #expect(throws: WebhookSecretProblem.self) { try WebhookSecrets.read(.file(path)) }
    #expect(throws: WebhookSecretProblem.self) { try WebhookSecrets.read(.file("/")) }
    #expect(throws: WebhookSecretProblem.self) {
      try WebhookSecrets.read(.environment("CAIRN_NO_SUCH_VARIABLE"))
    }
  }
}
