// A server for one test, on a socket in a folder of its own, in this process.

import Bytes
import Cairn
import CairnServer
import Engine
import Foundation
import Logging
import Storage

/// Runs a server over a new store while a test's body runs.
struct TestServer: Sendable {
  let live: LiveStore
  let socketPath: String
  /// Ends the server as a signal would.
  let stop: @Sendable () async -> Void

  /// - Parameters:
  ///   - prepare: Given the new store, before it is served.
  ///   - servesWebhooks: Whether the store's webhooks are served.
  ///   - configure: Changes the server's settings.
  ///   - body: The test.
  static func run(
    live options: LiveOptions = LiveOptions(), store: StoreOptions = StoreOptions(),
    storePath: String? = nil,
    logger: Logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
    prepare: (Store) throws -> Void = { _ in }, servesWebhooks: Bool = false,
    configure: (inout ServerOptions) -> Void = { _ in },
    _ body: @Sendable (TestServer) async throws -> Void
  ) async throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "cairn-test-\(UUID().uuidString.prefix(8))"
    ).path
    try FileManager.default.createDirectory(
      atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let path = storePath ?? folder + "/store"
    let new = try Store.create(at: path, options: store)
    try prepare(new)
    try new.close()
    let live = try LiveStore.open(at: path, options: store, live: options)
    var settings = ServerOptions(socketPath: folder + "/socket", version: "test")
    let webhooks =
      servesWebhooks
      ? try WebhookDeliveries.start(for: live, userAgent: "cairn/test", logger) : nil
    settings.webhooks = webhooks
    configure(&settings)
    let server = CairnServer(live, options: settings, logger: logger)
    let (listening, announce) = AsyncStream<@Sendable () async -> Void>.makeStream()
    let running = Task {
      defer { announce.finish() }
      try await server.run(endingOn: []) { announce.yield($0) }
    }
    var stops = listening.makeAsyncIterator()
    guard let stop = await stops.next() else {
      await Self.blocking { webhooks?.stop() }
      try live.close()
      return try await running.value
    }
    let test = TestServer(live: live, socketPath: settings.socketPath, stop: stop)
    let result: Result<Void, any Error>
    do { result = .success(try await body(test)) } catch { result = .failure(error) }
    await stop()
    try await running.value
    await Self.blocking { webhooks?.stop() }
    try live.close()
    try result.get()
  }

  /// Runs what blocks on a thread of its own.
  private static func blocking(_ body: @escaping @Sendable () -> Void) async {
    await withCheckedContinuation { continuation in
      Thread.detachNewThread {
        body()
        continuation.resume()
      }
    }
  }

  /// Fails unless the server answers others.
  func requireHealth() async throws {
    let answer = try await send("GET", "/health")
    guard answer.status == 200 else {
      throw TestConnection.Failure(description: "/health answers \(answer.status)")
    }
  }

  /// Sends one request on a connection of its own.
  func send(
    _ method: String, _ target: String, headers: [String: String] = [:], body: [UInt8]? = nil
  ) async throws -> TestResponse {
    try await connected { try $0.send(method, target, headers: headers, body: body) }
  }

  /// Runs `body`, which blocks, with a new connection on a thread of its own: the few threads that tests share are
  /// those on which the server answers.
  ///
  /// - Parameter port: A port of the server; its socket if nil.
  func connected<R: Sendable>(
    port: Int? = nil, _ body: @escaping @Sendable (TestConnection) throws -> R
  ) async throws -> R {
    try await withCheckedThrowingContinuation { continuation in
      Thread.detachNewThread {
        continuation.resume(
          with: Result {
            try body(try port.map { try TestConnection(port: $0) } ?? TestConnection(socketPath))
          })
      }
    }
  }

  /// Asks for what is at an address.
  func get(_ target: String, headers: [String: String] = [:]) async throws -> TestResponse {
    try await send("GET", target, headers: headers)
  }

  /// Posts a text for the source `web`.
  func post(
    _ target: String, _ body: String, headers: [String: String] = ["X-Cairn-Source": "web"]
  ) async throws -> TestResponse {
    try await send("POST", target, headers: headers, body: Array(body.utf8))
  }
}
