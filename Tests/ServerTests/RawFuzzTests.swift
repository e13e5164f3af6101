// Bytes that are almost requests: the server answers or closes, and others are served meanwhile.

import Bytes
import Cairn
import CairnServer
import Engine
import StorageSimulation
import Synchronization
import Testing

@Suite struct RawFuzzTests {
  private static let post = "POST /v1/batch HTTP/1.1\r\nHost: c\r\nX-Cairn-Source: web\r\n"
  private static let event = #"{"batch":[{"type":"track","event":"A","userId":"u"}]}"#

  /// Requests as they should be, of which others are made.
  private static let seeds: [[UInt8]] = [
    post + "Content-Length: \(event.utf8.count)\r\n\r\n" + event,
    post + "Transfer-Encoding: chunked\r\n\r\n10\r\n\(event.prefix(16))\r\n0\r\nX-T: a\r\n\r\n",
    post
      + "Content-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    post + "Content-Encoding: gzip\r\nContent-Length: 20\r\n\r\n\u{1F}\u{8B}\u{8}\0abcdefghijklmn",
    post + "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n{}",
    "GET /health HTTP/1.1\r\nHost: c\r\n\r\n",
    "HEAD / HTTP/1.0\r\n\r\n",
    "GET /metrics?a=%zz HTTP/1.1\r\nHost: c\r\nAuthorization: Basic !!!\r\nConnection: close\r\n\r\n",
    "OPTIONS * HTTP/1.1\r\nHost: c\r\nUpgrade: h2c\r\nConnection: upgrade\r\n\r\n",
    "GET /v1/projects/a%2Fb/settings HTTP/1.1\r\nHost: c\r\n\r\n",
  ].map { Array($0.utf8) }

  /// What is put where it does not belong.
  private static let tokens: [[UInt8]] = [
    "\r\n", "\r\n\r\n", "\r", "\n", "\0", ":", " ", "\t", "Transfer-Encoding: chunked\r\n",
    "Content-Length: 0\r\n", "Content-Length: 18446744073709551616\r\n", "ffffffffffffffff\r\n",
    "0\r\n\r\n", "Connection: close\r\n", "HTTP/1.1", "HTTP/9.9", "CONNECT a:1 HTTP/1.1\r\n",
    "Expect: 100-continue\r\n", "Host: d\r\n", "\u{FFFD}",
  ].map { Array($0.utf8) }

  /// Bytes that are up to four mutations away from requests.
  static func bytes(_ random: inout SeededRandom) -> [UInt8] {
    var bytes: [UInt8] = []
    for _ in 0...random.below(3) { bytes += seeds[random.below(seeds.count)] }
    for _ in 0..<random.below(5) where !bytes.isEmpty {
      let place = random.below(bytes.count)
      switch random.below(7) {
      case 0: bytes.removeSubrange(place...)
      case 1: bytes[place] = UInt8(truncatingIfNeeded: random.next())
      case 2: bytes.insert(contentsOf: tokens[random.below(tokens.count)], at: place)
      case 3:
        let end = min(bytes.count, place + random.below(40))
        bytes.insert(contentsOf: Array(bytes[place..<end]), at: random.below(bytes.count))
      case 4: bytes.removeSubrange(place..<min(bytes.count, place + random.below(20)))
      case 5:
        let other = seeds[random.below(seeds.count)]
        bytes = Array(bytes[..<place]) + other[random.below(other.count)...]
      default:
        let noise = (0..<random.below(64)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
        bytes.insert(contentsOf: noise, at: place)
      }
    }
    return bytes
  }

  @Test func serverAnswersOrClosesAndServesOthers() async throws {
    let rounds = TestDepth.of(20_000, part: 400)
    let seed = TestDepth.seed
    try await TestServer.run(configure: {
      // Whatever lacks its end is cut off soon.
      for member in [\ConnectionTimes.header, \.body, \.stream, \.idle, \.linger] {
        $0.times[keyPath: member] = .milliseconds(100)
      }
    }) { server in
      try await withThrowingTaskGroup(of: Void.self) { group in
        for worker in 0..<4 {
          group.addTask {
            for round in 0..<(rounds / 4) {
              var random = SeededRandom(seed &+ UInt64(round * 4 + worker))
              let bytes = Self.bytes(&random)
              let isHalfClosed = random.below(2) == 0
              let answer = try await server.connected { connection in
                try? connection.write(bytes)
                if isHalfClosed { connection.finishSending() }
                return try connection.readToEnd()
              }
              let isFine = answer.isEmpty || answer.starts(with: Array("HTTP/1.1 ".utf8))
              #expect(isFine, "seed \(seed), round \(round * 4 + worker)")
              if round % 25 == 0 { try await server.requireHealth() }
            }
          }
        }
        try await group.waitForAll()
      }
      let answer = try await server.post("/v1/batch", Self.event)
      #expect(answer.status == 200)
    }
  }
}
