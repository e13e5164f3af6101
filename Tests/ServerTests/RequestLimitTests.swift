// Limits of requests: just within them and just over them.

import Bytes
import Cairn
import CairnServer
import Engine
import Foundation
import Testing

@Suite struct RequestLimitTests {
  /// A limit, a request that is `excess` over it, and how that is refused.
  struct Limit: CustomTestStringConvertible, Sendable {
    var testDescription: String
    var status: Int
    var code: String
    /// What a request within the limit gets.
    var fine = 200
    var request: @Sendable (_ excess: Int) -> [UInt8]
  }

  private static func get(_ target: String, _ fields: [String]) -> [UInt8] {
    Array(("GET \(target) HTTP/1.1\r\n" + fields.map { $0 + "\r\n" }.joined() + "\r\n").utf8)
  }

  private static func post(_ body: String, _ fields: String = "") -> [UInt8] {
    let head =
      "POST /v1/batch HTTP/1.1\r\nHost: c\r\nX-Cairn-Source: web\r\n\(fields)"
    return Array((head + "Content-Length: \(body.utf8.count)\r\n\r\n" + body).utf8)
  }

  /// A batch of one event, padded to a size.
  private static func batch(bytes: Int) -> String {
    let body = #"{"batch":[{"type":"track","event":"A","userId":"u"}]}"#
    return body + String(repeating: " ", count: bytes - body.utf8.count)
  }

  private static func chunked(_ body: String) -> [UInt8] {
    var bytes = Array(
      "POST /v1/batch HTTP/1.1\r\nHost: c\r\nX-Cairn-Source: web\r\nTransfer-Encoding: chunked\r\n\r\n"
        .utf8
    )
    bytes += Array((String(body.utf8.count, radix: 16) + "\r\n" + body + "\r\n0\r\n\r\n").utf8)
    return bytes
  }

  static let limits = [
    Limit(testDescription: "target", status: 414, code: "target_too_long", fine: 404) { excess in
      get("/" + String(repeating: "a", count: (8 << 10) - 1 + excess), ["Host: c"])
    },
    Limit(testDescription: "one field", status: 431, code: "header_too_large") { excess in
      get(
        "/health",
        ["Host: c", "X-A: " + String(repeating: "a", count: (16 << 10) - 8 + excess)])
    },
    Limit(testDescription: "header", status: 431, code: "header_too_large") { excess in
      let fields = (0..<16).map {
        String(format: "X-%02d: ", $0) + String(repeating: "a", count: 1020)
      }
      return get(
        "/health", fields.dropLast() + ["Host: " + String(repeating: "a", count: 1020 + excess)])
    },
    Limit(testDescription: "fields", status: 431, code: "header_too_large") { excess in
      get("/health", ["Host: c"] + (0..<(63 + excess)).map { "X-\($0): a" })
    },
    Limit(testDescription: "body", status: 413, code: "body_too_large") { excess in
      post(batch(bytes: (4 << 20) + excess))
    },
    Limit(testDescription: "body in chunks", status: 413, code: "body_too_large") { excess in
      chunked(batch(bytes: (4 << 20) + excess))
    },
    Limit(testDescription: "events", status: 413, code: "too_many_events") { excess in
      let event = #"{"type":"track","event":"A","userId":"u"}"#
      let events = Array(repeating: event, count: 2500 + excess).joined(separator: ",")
      return post(#"{"batch":[\#(events)]}"#)
    },
  ]

  @Test(arguments: limits) func isExact(_ limit: Limit) async throws {
    try await TestServer.run { server in
      for (excess, status) in [(-1, limit.fine), (0, limit.fine), (1, limit.status)] {
        try await server.connected { connection in
          // A server that refuses need not read everything.
          try? connection.write(limit.request(excess))
          let answer = try connection.read()
          #expect(answer.status == status, "\(limit.testDescription) \(excess)")
          if excess > 0 { #expect(answer.json["code"] as? String == limit.code) }
        }
      }
    }
  }

  // MARK: Compressed bodies

  /// What `gzip` makes of a text, or of zeros.
  private static func gzip(_ command: String) throws -> [UInt8] {
    let process = Process()
    let pipe = Pipe()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = ["-c", command]
    process.standardOutput = pipe
    try process.run()
    let bytes = Array(pipe.fileHandleForReading.readDataToEndOfFile())
    process.waitUntilExit()
    return bytes
  }

  private func answer(
    _ server: TestServer, _ body: [UInt8], _ encoding: String = "gzip"
  ) async throws -> TestResponse {
    try await server.send(
      "POST", "/v1/batch", headers: ["X-Cairn-Source": "web", "Content-Encoding": encoding],
      body: body)
  }

  @Test func bombsAreRefused() async throws {
    let zeros = try Self.gzip("head -c 67108864 /dev/zero | gzip -9")
    let fewZeros = try Self.gzip("head -c 3000000 /dev/zero | gzip -9")
    // Little to read, but each member within the ratio: the size decides.
    let text = "head -c 1700000 /dev/urandom | base64 -w0 | gzip -1"
    let members = try Self.gzip("\(text); \(text)")
    let nested = try Self.gzip("head -c 67108864 /dev/zero | gzip -9 | gzip -9")
    try await TestServer.run { server in
      for (body, code) in [
        (zeros, "body_too_large"), (fewZeros, "compression_ratio"), (members, "body_too_large"),
      ] {
        let refused = try await answer(server, body)
        #expect(refused.status == 413)
        #expect(refused.json["code"] as? String == code)
      }
      // Only the outer layer is taken off; what is inside is not JSON.
      let inner = try await answer(server, nested)
      #expect(inner.status == 400)
      #expect(inner.json["code"] as? String == "unsupported_format")
      #expect(try await server.live.snapshot().lastSequence.value <= 1)
    }
  }

  @Test func damagedGzipIsRefused() async throws {
    let whole = try Self.gzip(
      #"printf '{"batch":[{"type":"track","event":"A","userId":"u"}]}' | gzip -9"#)
    var flipped = whole
    flipped[whole.count - 6] ^= 1
    let damaged = [
      whole + [1, 2, 3], whole + Array(repeating: 0x41, count: 100), Array(whole.dropLast()),
      Array(whole.prefix(5)), flipped, Array("{}".utf8),
    ]
    try await TestServer.run { server in
      #expect(try await answer(server, whole).status == 200)
      #expect(try await answer(server, whole, "GZIP").status == 200)
      for body in damaged {
        let answer = try await answer(server, body)
        #expect(answer.status == 400)
        #expect(answer.json["code"] as? String == "invalid_gzip")
      }
      for encoding in ["deflate", "br", "gzip, gzip", "zstd"] {
        #expect(try await answer(server, whole, encoding).status == 415)
      }
    }
  }
}
