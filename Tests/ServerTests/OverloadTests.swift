// More than there is memory or space for: refused for the moment, and served again afterwards.

import Bytes
import Cairn
import CairnServer
import Engine
import Foundation
import Storage
import StorageSimulation
import Testing

@Suite struct OverloadTests {
  private static func body(bytes: Int) -> [UInt8] {
    let text = #"{"batch":[{"type":"track","event":"A","userId":"u"}]}"#
    return Array((text + String(repeating: " ", count: bytes - text.utf8.count)).utf8)
  }

  private static func head(bytes: Int) -> [UInt8] {
    Array(
      "POST /v1/batch HTTP/1.1\r\nHost: c\r\nX-Cairn-Source: web\r\nContent-Length: \(bytes)\r\n\r\n"
        .utf8)
  }

  private static let headers = ["X-Cairn-Source": "web"]

  private func expectOverload(_ answer: TestResponse) {
    #expect(answer.status == 429)
    #expect(answer.json["code"] as? String == "overloaded")
    #expect(answer.headers["retry-after"].flatMap { Int($0) } ?? 0 >= 1)
    #expect(answer.headers["x-ratelimit-reset"].flatMap { Int($0) } ?? 0 >= 1)
  }

  @Test func bodiesThatWaitAreCounted() async throws {
    var limits = LiveOptions()
    limits.queuedBytesMax = 1 << 20
    try await TestServer.run(live: limits) { server in
      let release = DispatchSemaphore(value: 0)
      let blocker = Task {
        try await server.live.withStore { (_) throws(StoreError) in release.wait() }
      }
      let first = Task {
        try await server.send(
          "POST", "/v1/batch", headers: Self.headers, body: Self.body(bytes: 700_000))
      }
      while server.live.queuedBytes < 700_000 { await Task.yield() }
      let second = try await server.send(
        "POST", "/v1/batch", headers: Self.headers, body: Self.body(bytes: 700_000))
      expectOverload(second)
      // Questions that need no input are answered.
      try await server.requireHealth()
      release.signal()
      #expect(try await first.value.status == 200)
      try await blocker.value
      let again = try await server.send(
        "POST", "/v1/batch", headers: Self.headers, body: Self.body(bytes: 700_000))
      #expect(again.status == 200)
      #expect(server.live.queuedBytes == 0)
    }
  }

  @Test func bodiesThatArriveAreCounted() async throws {
    var limits = LiveOptions()
    limits.queuedBytesMax = 1 << 20
    try await TestServer.run(live: limits) { server in
      let (queue, body) = (server.live, Self.body(bytes: 800_000))
      for name in ["web", "app"] { _ = try await server.live.source(named: name) }
      try await server.connected { slow in
        try slow.write(Self.head(bytes: body.count) + body.dropLast())
        while queue.queuedBytes < body.count - 1 {}
        let other = try TestConnection(server.socketPath)
        let answer = try other.send(
          "POST", "/v1/batch", headers: Self.headers, body: Self.body(bytes: 400_000))
        #expect(answer.status == 429)
        // The connection goes on, and a source that has not taken its half has room.
        let same = try other.send(
          "POST", "/v1/batch", headers: Self.headers, body: Self.body(bytes: 1000))
        #expect(same.status == 429)
        let small = try other.send(
          "POST", "/v1/batch", headers: ["X-Cairn-Source": "app"], body: Self.body(bytes: 1000))
        #expect(small.status == 200)
        try slow.write([body[body.count - 1]])
        #expect(try slow.read().status == 200)
      }
      // One that is given up gives its room back.
      try await server.connected { connection in
        try connection.write(Self.head(bytes: body.count) + body.dropLast())
        while queue.queuedBytes < body.count - 1 {}
      }
      while queue.queuedBytes > 0 { await Task.yield() }
    }
  }

  /// A batch of about 600 KB that hardly becomes smaller in the log.
  private static func bulk(_ round: Int) -> String {
    var state = UInt64(round + 1)
    let events = (0..<100).map { index in
      var value = ""
      while value.utf8.count < 6000 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        value += String(state, radix: 36)
      }
      return
        #"{"type":"track","event":"A","userId":"u","messageId":"\#(round)-\#(index)","properties":{"v":"\#(value)"}}"#
    }
    return #"{"batch":[\#(events.joined(separator: ","))]}"#
  }

  @Test func fullDiskRefusesAndServiceResumes() async throws {
    let system = SimulatedFileSystem()
    var options = StoreOptions()
    options.fileSystem = system
    // Little is reserved ahead.
    options.storage = StorageOptions(segmentBytesMax: 1 << 20, blockBytes: 2048)
    try await TestServer.run(store: options, storePath: "/store") { server in
      let first = try await server.post("/v1/track", #"{"event":"A","userId":"u","messageId":"1"}"#)
      #expect(first.status == 200)
      system.byteBudget = system.disk.byteCount
      // What has been reserved is used up first.
      var last = Self.bulk(0)
      for round in 1..<200 where try await server.post("/v1/batch", last).status == 200 {
        last = Self.bulk(round)
      }
      let records = try await server.live.snapshot().lastSequence
      for _ in 0..<3 {
        let refused = try await server.post("/v1/batch", last)
        #expect(refused.status == 507)
        #expect(refused.json["code"] as? String == "no_space")
        #expect(refused.headers["retry-after"] != nil)
      }
      // Reading goes on, and nothing is broken.
      #expect(try await server.send("GET", "/ready").status == 200)
      #expect(try await server.live.snapshot().lastSequence == records)
      system.byteBudget = .max
      let later = try await server.post("/v1/batch", last)
      #expect(later.text == #"{"success":true,"accepted":100,"rejected":0}"#)
    }
  }

  @Test func failedSyncEndsWritingAndReadsGoOn() async throws {
    let system = SimulatedFileSystem()
    var options = StoreOptions()
    options.fileSystem = system
    try await TestServer.run(store: options, storePath: "/store") { server in
      let first = try await server.post("/v1/track", #"{"event":"A","userId":"u","messageId":"1"}"#)
      #expect(first.status == 200)
      #expect(try await server.send("GET", "/ready").status == 200)
      system.faults = [Fault(at: system.callCount, .syncDropsData, isSticky: true)]
      for attempt in 2..<5 {
        let refused = try await server.post(
          "/v1/track", #"{"event":"A","userId":"u","messageId":"\#(attempt)"}"#)
        #expect(refused.status == 503)
        #expect(refused.json["code"] as? String == "store_failed")
      }
      let ready = try await server.send("GET", "/ready")
      #expect(ready.status == 503)
      #expect(ready.json["code"] as? String == "store_failed")
      try await server.requireHealth()
      #expect(try await server.live.snapshot().lastSequence.value == 2)
    }
  }
}
