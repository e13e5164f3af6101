// Webhooks of a running server over real connections: what receivers get, and that one of them never holds up another.

import Bytes
import Cairn
import Engine
import Foundation
import Storage
import Testing

@testable import Activation
@testable import CairnServer

@Suite struct WebhookTests {
  private static let secret = "hush"

  /// Runs a server whose store has webhooks.
  private func serve(
    _ webhooks: [(name: String, port: Int)], batch: UInt32 = 5,
    _ body: @Sendable (TestServer) async throws -> Void
  ) async throws {
    let secret = NSTemporaryDirectory() + "cairn-secret-" + UUID().uuidString
    #expect(
      FileManager.default.createFile(
        atPath: secret, contents: Data(Self.secret.utf8), attributes: [.posixPermissions: 0o600]))
    defer { try? FileManager.default.removeItem(atPath: secret) }
    try await TestServer.run(
      prepare: { store in
        _ = try store.apply([
          DefinitionText(kind: .audience, name: "some", text: #"performed("A")"#, file: "test")
        ])
        for (name, port) in webhooks {
          var webhook = Webhook(url: "http://127.0.0.1:\(port)/\(name)", secret: .file(secret))
          webhook.batchMax = batch
          try store.addDestination(
            Destination(name: name, webhook: webhook, audiences: ["some"]))
        }
      }, servesWebhooks: true, body)
  }

  private static func events(_ range: Range<Int>) -> String {
    let items = range.map { #"{"type":"track","event":"A","userId":"u\#($0)"}"# }
    return #"{"batch":[\#(items.joined(separator: ","))]}"#
  }

  @Test func batchesArriveSignedAsThingsHappen() async throws {
    let receiver = try TestReceiver()
    defer { receiver.close() }
    try await serve([("crm", receiver.port)]) { server in
      var users: [String] = []
      for round in 0..<3 {
        #expect(
          try await server.post("/v1/batch", Self.events((round * 5)..<(round * 5 + 5))).status
            == 200)
        while users.count < (round + 1) * 5 {
          let request = try #require(await receiver.next())
          users += request.users
          try Self.requireSignature(request)
          #expect(request.headers["content-type"] == "application/json")
          #expect(request.headers["user-agent"] == "cairn/test")
          #expect(request.headers["idempotency-key"]?.count == 64)
        }
      }
      #expect(users == (0..<15).map { "u\($0)" })
    }
  }

  private static func requireSignature(_ request: TestReceiver.Request) throws {
    let header = try #require(request.headers["x-cairn-signature"])
    let match = try #require(header.wholeMatch(of: /t=(\d+),v1=([0-9a-f]{64})/))
    let wanted = WebhookRequest.signature(
      of: request.body, at: String(match.1), with: Array(Self.secret.utf8))
    #expect(match.2 == wanted)
  }

  @Test func aReceiverThatNeverAnswersHoldsUpNobody() async throws {
    let healthy = try TestReceiver()
    let silent = try TestReceiver { _ in nil }
    let failing = try TestReceiver { _ in TestReceiver.answer(500) }
    defer { for receiver in [healthy, silent, failing] { receiver.close() } }
    try await serve([
      ("silent", silent.port), ("failing", failing.port), ("crm", healthy.port),
    ]) { server in
      var users: [String] = []
      for round in 0..<20 {
        #expect(
          try await server.post("/v1/batch", Self.events((round * 10)..<(round * 10 + 10))).status
            == 200)
        while users.count < (round + 1) * 10 {
          users += try #require(await healthy.next()).users
        }
      }
      #expect(users.count == 200 && Set(users) == Set((0..<200).map { "u\($0)" }))
      let silentRequests = silent.rest()
      #expect((1...Outbox.concurrency).contains(silentRequests.count))
      #expect(!failing.rest().isEmpty)
      let metrics = try await server.get("/metrics").text
      #expect(metrics.contains(#"cairn_webhook_delivered_total{destination="silent"} 0"#))
      #expect(metrics.contains(#"cairn_webhook_pending{destination="silent"}"#))
    }
    // The server has ended in spite of it.
  }

  @Test func deliveriesByHandGoThroughTheServer() async throws {
    let receiver = try TestReceiver {
      TestReceiver.answer($0.users.contains("u3") ? 422 : 200)
    }
    defer { receiver.close() }
    try await serve([("crm", receiver.port)], batch: 1) { server in
      _ = try await server.post("/v1/batch", Self.events(0..<6))
      func ask(_ path: String, _ body: String) async throws -> TestResponse {
        try await server.post(path, body, headers: ["Content-Type": "application/json"])
      }
      let asked = try await ask("/v1/deliveries", "{}")
      #expect(asked.status == 200 && asked.text.contains(#""dead":1"#), "\(asked.text)")
      #expect(
        try await ask("/v1/deliveries/retry", #"{"status":"500"}"#).json["changes"] as? Int == 0)
      #expect(
        try await ask("/v1/deliveries/retry", #"{"status":"422"}"#).json["changes"] as? Int == 1)
      for _ in 0..<7 { _ = await receiver.next() }
      #expect(try await ask("/v1/deliveries", #"{"destination":"crm"}"#).status == 200)
      #expect(
        try await ask("/v1/deliveries/skip", #"{"destination":"crm"}"#).json["changes"] as? Int == 1
      )
      #expect(try await ask("/v1/deliveries/skip", "{}").json["changes"] as? Int == 0)
      try await ask("/v1/deliveries/skip", #"{"changes":["1.0"]}"#).requireError(
        400, "invalid_filter")
      try await ask("/v1/deliveries/retry", #"{"status":"x"}"#).requireError(400, "invalid_filter")
      try await ask("/v1/deliveries/replay", #"{"destination":"crm","after":"x"}"#)
        .requireError(400, "invalid_cursor")
      #expect(
        try await ask("/v1/deliveries/replay", #"{"destination":"crm","after":"0"}"#).status == 200)
      var users: [String] = []
      while users.count < 6 { users += try #require(await receiver.next()).users }
      #expect(users.sorted() == (0..<6).map { "u\($0)" })
    }
  }

  @Test func webhooksAreDefinedOverHTTP() async throws {
    try await serve([]) { server in
      func add(_ part: String) async throws -> TestResponse {
        try await server.post(
          "/v1/destinations",
          #"{"name":"d","audiences":["some"],"suppressed":[],"form":"track","after":"0",\#(part)}"#,
          headers: ["Content-Type": "application/json"])
      }
      let url = #""url":"https://example.com/""#
      for part in [
        #""webhook":{\#(url)}"#, #""webhook":{\#(url),"secret_env":"A","secret_file":"/a"}"#,
        #""path":"/a","webhook":{\#(url),"secret_env":"A"}"#,
        #""webhook":{"url":"x","secret_env":"A"}"#,
        #""webhook":{\#(url),"secret_env":"A","batch":501}"#,
        #""webhook":{\#(url),"secret_env":"A","timeout_ms":1}"#, #""path":"a""#,
      ] {
        try await add(part).requireError(400, "invalid_destination")
      }
      #expect(try await add(#""webhook":{\#(url),"secret_env":"NO_SUCH","rate":5}"#).status == 200)
      let destination = try #require(try await server.live.snapshot().destinations.first)
      #expect(destination.destination.webhook?.requestsPerSecondMax == 5)
    }
  }
}
