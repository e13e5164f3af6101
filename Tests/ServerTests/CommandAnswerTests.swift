// The route of the program's own reading commands: refusals, back-pressure, and clients that go away.

import Bytes
import Engine
import Foundation
import Storage
import Synchronization
import Testing

@testable import CairnServer

@Suite struct CommandAnswerTests {
  private static let target = "/v1/commands"

  private static func question(_ words: [String], version: String = "test") throws -> [UInt8] {
    let surroundings = CommandSurroundings(
      outputIsTerminal: false, errorColumns: nil, dataIsOutput: true)
    return try AdminForm.encode(
      CommandQuestion(version: version, words: words, surroundings: surroundings))
  }

  /// The frames of an answer.
  private static func frames(_ bytes: [UInt8]) throws -> [CommandFrame] {
    var (frames, rest) = ([CommandFrame](), bytes[...])
    while !rest.isEmpty {
      let head = try #require(CommandFrame.head(rest.prefix(CommandFrame.headBytes)))
      rest = rest.dropFirst(CommandFrame.headBytes)
      frames.append(CommandFrame(head.kind, Array(rest.prefix(head.byteCount))))
      rest = rest.dropFirst(head.byteCount)
    }
    return frames
  }

  @Test func framesHoldWhatACommandWrites() async throws {
    let long = [UInt8](repeating: 7, count: CommandFrame.bytesMax + 3)
    try await TestServer.run(configure: { options in
      options.commands = { question in
        guard question.words == ["show"] else { return nil }
        return { _, frames in
          #expect(
            frames.send(.errors, [1]) && frames.send(.data, long) && frames.send(.dataEnd, []))
          frames.end(CommandEnding(status: 1, message: "error: x\n"))
        }
      }
    }) { server in
      let answer = try await server.send("POST", Self.target, body: try Self.question(["show"]))
      #expect(answer.status == 200)
      let frames = try Self.frames(answer.body)
      #expect(
        frames.map(\.kind) == [.errors, .data, .data, .dataEnd, .ending])
      #expect(frames[1].bytes + frames[2].bytes == long)
      let ending: CommandEnding = try AdminForm.decode(frames[4].bytes)
      #expect(ending == CommandEnding(status: 1, message: "error: x\n"))
      for (body, status, code) in [
        (try Self.question(["hide"]), 400, "not_a_reading_command"),
        (try Self.question(["show"], version: "other"), 409, "other_version"),
        (Array("{}".utf8), 400, "invalid_request"),
        (
          try Self.question([String](repeating: "show", count: CommandQuestion.wordsMax + 1)), 413,
          "command_too_long"
        ),
        (
          try Self.question([String(repeating: "x", count: CommandQuestion.wordBytesMax + 1)]),
          413, "command_too_long"
        ),
      ] {
        try await server.send("POST", Self.target, body: body).requireError(status, code)
      }
    }
    try await TestServer.run { server in
      try await server.send("POST", Self.target, body: try Self.question(["show"]))
        .requireError(404, "no_such_route")
    }
  }

  /// Commands that tests wait for.
  private final class Commands: Sendable {
    struct Counts {
      var begun = 0
      var ended = 0
      var sentBytes = 0
      weak var snapshot: Snapshot?
    }

    let counts = Mutex(Counts())

    /// Sends without end, and ends when nobody reads.
    func sendEndlessly(_ snapshot: Snapshot, _ frames: CommandFrames) {
      counts.withLock {
        $0.begun += 1
        $0.snapshot = snapshot
      }
      let part = [UInt8](repeating: 1, count: CommandFrame.bytesMax)
      while frames.send(.output, part) { counts.withLock { $0.sentBytes += part.count } }
      counts.withLock { $0.ended += 1 }
    }

    /// Sends nothing until nobody reads.
    func beSilent(_ snapshot: Snapshot, _ frames: CommandFrames) {
      counts.withLock { $0.begun += 1 }
      while !frames.isAbandoned { sched_yield() }
      counts.withLock { $0.ended += 1 }
    }

    /// Reads without end, and ends with what ends reading.
    func readEndlessly(_ snapshot: Snapshot, _ frames: CommandFrames) {
      counts.withLock { $0.begun += 1 }
      do throws(StoreError) {
        while true { try read(snapshot) }
      } catch {
        // What waits for the thread has time to be wrong about its end.
        for _ in 0..<1_000 { sched_yield() }
        counts.withLock { $0.ended += 1 }
      }
    }

    private func read(_ snapshot: Snapshot) throws(StoreError) {
      try snapshot.log.scan(from: SequenceNumber(1), through: snapshot.lastSequence) { (_) in }
    }

    func wait(until isSo: (borrowing Counts) -> Bool) async {
      while !counts.withLock({ isSo($0) }) { await Task.yield() }
    }
  }

  private static func request(_ word: String) throws -> [UInt8] {
    let body = try question([word])
    let head = "POST \(target) HTTP/1.1\r\nHost: a\r\nContent-Length: \(body.count)\r\n\r\n"
    return Array(head.utf8) + body
  }

  @Test(.timeLimit(.minutes(1)))
  func commandsEndWithTheirClients() async throws {
    let commands = Commands()
    try await TestServer.run(configure: { options in
      options.commands = { question in
        question.words == ["silent"] ? commands.beSilent : commands.sendEndlessly
      }
    }) { server in
      for round in 1...3 {
        try await server.connected { connection in
          try connection.write(try Self.request("endless"))
          #expect(try connection.readHead().status == 200)
          _ = try connection.readChunk()
        }
        await commands.wait { $0.ended == round }
      }
      await commands.wait { $0.snapshot == nil }
      // What lies in buffers, and not what the command would like to send.
      #expect(commands.counts.withLock { $0.sentBytes } < 3 * (16 << 20))
      try await server.connected { connection in
        try connection.write(try Self.request("silent"))
        #expect(try connection.readHead().status == 200)
      }
      await commands.wait { $0.ended == 4 }
      try await server.requireHealth()
    }
  }

  @Test(.timeLimit(.minutes(1)))
  func commandsEndWithTheServer() async throws {
    let commands = Commands()
    try await TestServer.run(configure: { options in
      options.commands = { question in
        switch question.words {
        case ["silent"]: commands.beSilent
        case ["reading"]: commands.readEndlessly
        default: commands.sendEndlessly
        }
      }
    }) { server in
      #expect(try await server.post("/v1/track", #"{"event":"A","userId":"u"}"#).status == 200)
      let stop = server.stop
      try await server.connected { first in
        // None of the clients goes away, and none reads.
        let connections = [first] + (try (0..<3).map { _ in try TestConnection(server.socketPath) })
        for (connection, word) in zip(connections, ["silent", "reading", "reading", "endless"]) {
          try connection.write(try Self.request(word))
          #expect(try connection.readHead().status == 200)
        }
        while commands.counts.withLock({ $0.begun }) < 4 { sched_yield() }
        Task { await stop() }
        for connection in connections { try connection.waitForClose() }
      }
    }
    #expect(commands.counts.withLock { $0.ended } == 4)
  }

  @Test(.timeLimit(.minutes(1)))
  func onlySomeRunAtOnce() async throws {
    let commands = Commands()
    try await TestServer.run(configure: { options in
      options.commands = { _ in commands.sendEndlessly }
    }) { server in
      try await server.connected { first in
        let others = try (0..<4).map { _ in try TestConnection(server.socketPath) }
        for connection in others {
          try connection.write(try Self.request("endless"))
          #expect(try connection.readHead().status == 200)
        }
        let refused = try first.send(
          "POST", Self.target, body: try Self.question(["endless"]))
        refused.requireError(429, "too_many_commands")
        #expect(refused.headers["retry-after"] == "1")
      }
      await commands.wait { $0.ended == 4 }
      try await server.connected { connection in
        try connection.write(try Self.request("endless"))
        #expect(try connection.readHead().status == 200)
      }
    }
  }
}
