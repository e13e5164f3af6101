// The tail of the log: each event with its verdict and what changed by it.

import Bytes
import Engine
import Events
import Foundation
import Storage
import Testing

@testable import Cairn
@testable import CairnServer

@Suite struct TailTests {
  private static let definitions = [
    DefinitionText(kind: .trait, name: "ins", text: #"count("In")"#, file: "test"),
    DefinitionText(kind: .trait, name: "outs", text: #"count("Out")"#, file: "test"),
    DefinitionText(
      kind: .audience, name: "inside", text: #"performed("In") and not performed("Out")"#,
      file: "test"),
  ]

  private static func run(
    _ body: @escaping @Sendable (TestServer) async throws -> Void
  ) async throws {
    try await TestServer.run(prepare: { _ = try $0.apply(definitions) }, body)
  }

  private static func track(_ event: String, _ members: String) -> String {
    #"{"type":"track","event":"\#(event)","timestamp":"2026-01-01T10:00:00Z",\#(members)}"#
  }

  @Test func eventsOfTwoRequestsAreSeenInOrderWithWhatTheyChange() async throws {
    try await Self.run { server in
      try await server.collect(Self.track("Before", #""userId":"u1""#))
      let lines = try await server.tail("", count: 3) {
        try await server.collect(Self.track("In", #""userId":"u1","anonymousId":"a1""#))
        try await server.collect(
          Self.track("In", #""userId":"u1""#), Self.track("Out", #""userId":"u1""#))
      }
      #expect(lines.map { $0["event"] as? String } == ["In", "In", "Out"])
      #expect(lines.allSatisfy { $0["verdict"] as? String == "accepted" })
      #expect(lines.allSatisfy { $0["source"] as? String == "web" })
      #expect(lines.allSatisfy { $0["time"] as? String == "2026-01-01T10:00:00.000Z" })
      let sequences = lines.compactMap { $0["sequence"] as? Int }
      #expect(sequences.count == 3 && sequences == sequences.sorted())
      #expect(lines.map { $0.changes } == [["entered inside"], [], ["exited inside"]])
      let id = try await server.get("/v1/profiles/user_id:u1").json["profile_id"] as? String
      #expect(lines.allSatisfy { $0["profile_id"] as? String == id })
      #expect(lines.allSatisfy { $0["identifier"] as? String == "user_id:u1" })
      // Only the traits that it counts in.
      #expect(lines.map { ($0["traits"] as? [String: Int])?.keys.first } == ["ins", "ins", "outs"])
      #expect(lines.map { $0.decisions } == [["attached", "linked"], [], []])
    }
  }

  @Test func tailBeginsAfterARecordAndIsFiltered() async throws {
    try await Self.run { server in
      try await server.collect(
        Self.track("In", #""anonymousId":"a1""#), Self.track("In", #""userId":"u1""#))
      try await server.collect(#"{"type":"nothing","userId":"u1"}"#, source: "shop")
      try await server.collect(
        Self.track("Out", #""userId":"u1","anonymousId":"a1""#), source: "shop")
      let all = try await server.tail("?after=0", count: 4)
      #expect(
        all.map { $0["verdict"] as? String } == [
          "accepted", "accepted", "quarantined", "accepted",
        ])
      let wrong = all[2]
      #expect(wrong["code"] as? String == "unknown_type" && wrong["message"] is String)
      #expect(wrong["event"] is NSNull && wrong["profile_id"] is NSNull)
      #expect(wrong["source"] as? String == "shop")
      let new = ["created", "attached"]
      #expect(all.map { $0.decisions } == [new, new, [], ["merged", "linked"]])
      #expect(all[3].changes == ["merged inside", "exited inside"])
      // All are of one profile by now.
      #expect(Set([0, 1, 3].map { all[$0]["profile_id"] as? String }).count == 1)
      #expect((all[0]["traits"] as? [String: Int]) == ["ins": 2])
      for (query, events) in [
        ("source=shop", [nil, "Out"]), ("name=In", ["In", "In"]),
        ("name=Out&name=In", ["In", "In", "Out"]), ("source=shop&name=Out", ["Out"]),
      ] {
        let lines = try await server.tail("?after=0&\(query)", count: events.count)
        #expect(lines.map { $0["event"] as? String } == events, "\(query)")
      }
      let after = try #require(all[2]["sequence"] as? Int)
      let rest = try await server.tail("?after=\(after)", count: 1)
      #expect(rest.first?["event"] as? String == "Out")
    }
  }

  @Test(arguments: [
    (#"event = "In""#, ["1", "2"]),
    (#"event in ["In", "Out"] and properties.total > 10"#, ["2", "3"]),
    (#"not (type = "track")"#, ["4"]), (#"context.page.path starts_with "/docs""#, ["4"]),
    ("not exists(properties.total)", ["4"]),
    (#"length(properties.tags) = 2 or userId = "u9""#, ["3"]),
  ]) func tailIsFilteredByACondition(_ rule: String, _ ids: [String]) async throws {
    try await Self.run { server in
      try await server.collect(
        Self.track("In", #""userId":"u1","properties":{"total":10,"id":"1"}"#),
        #"{"type":"nothing","userId":"u1"}"#,
        Self.track("In", #""userId":"u2","properties":{"total":10.01,"id":"2"}"#),
        Self.track("Out", #""userId":"u3","properties":{"total":11,"tags":["a","b"],"id":"3"}"#),
        #"{"type":"page","userId":"u4","context":{"page":{"path":"/docs/a"}}}"#)
      // The last is shown whatever the rule is, to know that nothing more was to come.
      try await server.collect(Self.track("End", #""userId":"u5""#))
      let query = "?after=0&where=" + percentEncoded(#"(\#(rule)) or event = "End""#)
      let lines = try await server.tail(query, count: ids.count + 1)
      let owners = lines.compactMap { $0["identifier"] as? String }
      #expect(owners == ids.map { "user_id:u\($0)" } + ["user_id:u5"])
    }
  }

  @Test func aKeyThatIsNewIsFoundAndAskingForOneAddsNone() async throws {
    try await Self.run { server in
      let symbols = server.live.board.basis.symbols
      try await server.collect(Self.track("In", #""userId":"u1","properties":{"known":1}"#))
      let before = symbols.count
      let query =
        "?where=" + percentEncoded("properties.fresh.value = 1 and not exists(properties.no)")
      let lines = try await server.tail(query, count: 1) {
        #expect(symbols.count == before)
        try await server.collect(
          Self.track("In", #""userId":"u2","properties":{"fresh":{"value":2}}"#))
        try await server.collect(
          Self.track("In", #""userId":"u3","properties":{"fresh":{"value":1}}"#))
      }
      #expect(lines.first?["identifier"] as? String == "user_id:u3")
      #expect(symbols.count == before + 2, "the keys that the events brought")
    }
  }

  @Test func aWrongConditionIsRefusedWithItsPlace() async throws {
    try await Self.run { server in
      for (rule, column, words) in [
        ("properties.total >", 19, "expected a constant"),
        (#"type = "page" and propertys.a = 1"#, 19, "did you mean properties?"),
        ("", 1, "expected a path"), (#"performed("In")"#, 1, "expected one of"),
        (
          "properties.a = 1" + String(repeating: " ", count: EventFilter.ruleBytesMax), 1, "shorten"
        ),
      ] {
        let answer = try await server.get("/v1/events/tail?where=" + percentEncoded(rule))
        #expect(answer.status == 400 && answer.json["code"] as? String == "invalid_rule", "\(rule)")
        #expect(
          answer.json["line"] as? Int == 1 && answer.json["column"] as? Int == column,
          "\(answer.text)")
        #expect((answer.json["message"] as? String)?.contains(words) == true, "\(answer.text)")
      }
    }
  }

  @Test func tailIsReadPageByPage() async throws {
    try await Self.run { server in
      let count = 3 * Int(EventTail.recordsMax)
      let lines = (0..<count).map { Self.track("In", #""userId":"u\#($0)""#) }
      try await server.collect(lines: lines)
      let all = try await server.tail("?after=0", count: count)
      let identifiers = all.compactMap { $0["identifier"] as? String }
      #expect(identifiers == (0..<count).map { "user_id:u\($0)" })
      #expect(all.allSatisfy { $0.changes == ["entered inside"] })
    }
  }

  @Test func whatAnErasureMadeUnknownIsNull() async throws {
    try await Self.run { server in
      try await server.collect(
        Self.track("In", #""userId":"u1""#), Self.track("In", #""userId":"u2""#),
        Self.track("Out", #""userId":"u1""#))
      let erased = try await server.post("/v1/erasures", #"{"identifiers":["user_id:u2"]}"#)
      try #require(erased.status == 200, "\(erased.text)")
      try await server.collect(Self.track("Out", #""userId":"u3""#))
      let lines = try await server.tail("?after=0", count: 3)
      let identifiers = lines.compactMap { $0["identifier"] as? String }
      #expect(identifiers == ["user_id:u1", "user_id:u1", "user_id:u3"])
      #expect(lines.map { $0["identity"] is NSNull } == [true, true, false])
      // Up to the horizon, which is the erased event.
      #expect(lines.map { $0["audiences"] is NSNull } == [true, false, false])
      #expect(lines[1].changes == ["exited inside"])
    }
  }

  @Test func serverSentEventsContinue() async throws {
    try await Self.run { server in
      try await server.collect(
        Self.track("In", #""userId":"u1""#), Self.track("Out", #""userId":"u1""#))
      let first = try await server.tail("?after=0", count: 1)
      let sequence = try #require(first.first?["sequence"] as? Int)
      let text = try await server.connected { connection in
        let head =
          "GET /v1/events/tail HTTP/1.1\r\nHost: a\r\nAccept: text/event-stream\r\n"
          + "Last-Event-ID: \(sequence)\r\n\r\n"
        try connection.write(Array(head.utf8))
        #expect(try connection.readHead().headers["content-type"] == "text/event-stream")
        var text = ""
        while !text.contains("}\n\n"), let part = try connection.readChunk() {
          text += String(decoding: part, as: UTF8.self)
        }
        return text
      }
      #expect(text.hasPrefix(": waiting\n\nid: \(sequence + 1)\nevent: accepted\ndata: {"))
    }
  }

  @Test func tailEndsWithTheServer() async throws {
    let (ends, end) = AsyncStream<Bool>.makeStream()
    try await Self.run { server in
      Task {
        let lines = try? await server.tail("", count: 1)
        end.yield(lines?.isEmpty == true)
        end.finish()
      }
      while server.live.board.waiterCount == 0 { await Task.yield() }
    }
    for await isEnded in ends { #expect(isEnded) }
  }

  @Test(arguments: [
    ("after=x", 400, "invalid_parameter"), ("after=999999", 409, "out_of_order"),
    ("where=a&where=b", 400, "invalid_parameter"), ("after=0&after=0", 400, "invalid_parameter"),
    ("rule=x", 400, "unknown_parameter"), ("where=x", 400, "invalid_rule"),
  ]) func errorsHaveOneShape(_ asked: (query: String, status: Int, code: String)) async throws {
    try await Self.run { server in
      let answer = try await server.get("/v1/events/tail?\(asked.query)")
      #expect(answer.status == asked.status && answer.json["code"] as? String == asked.code)
    }
  }
}

/// A text as a part of an address.
private func percentEncoded(_ text: String) -> String {
  text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
}

extension [String: Any] {
  /// The changes of memberships, each as kind and audience.
  fileprivate var changes: [String] {
    (self["audiences"] as? [[String: Any]] ?? []).map {
      "\($0["change"] as? String ?? "") \($0["audience"] as? String ?? "")"
    }
  }

  /// The decisions on identities.
  fileprivate var decisions: [String] {
    (self["identity"] as? [[String: Any]] ?? []).compactMap { $0["decision"] as? String }
  }
}

extension TestServer {
  fileprivate func collect(_ lines: String..., source: String = "web") async throws {
    try await collect(lines: lines, source: source)
  }

  fileprivate func collect(lines: [String], source: String = "web") async throws {
    let answer = try await post(
      "/v1/import", lines.joined(separator: "\n"),
      headers: ["X-Cairn-Source": source, "Content-Type": "application/x-ndjson"])
    try #require(answer.status == 200)
  }

  /// The first entries of a tail, or fewer if it ends; `work` is done once the tail is there.
  fileprivate func tail(
    _ query: String, count: Int, _ work: @escaping @Sendable () async throws -> Void = {}
  ) async throws -> [[String: Any]] {
    let (begun, begin) = AsyncStream<Void>.makeStream()
    let working = Task {
      for await _ in begun { break }
      try await work()
    }
    let text = try await connected { connection in
      try connection.write(Array("GET /v1/events/tail\(query) HTTP/1.1\r\nHost: a\r\n\r\n".utf8))
      #expect(try connection.readHead().headers["content-type"] == "application/x-ndjson")
      var body = try connection.readChunk() ?? []
      begin.yield()
      while body.split(separator: UInt8(ascii: "\n")).count < count {
        guard let part = try connection.readChunk() else { break }
        body += part
      }
      return String(decoding: body, as: UTF8.self)
    }
    begin.finish()
    try await working.value
    return try text.split(separator: "\n").map {
      try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
    }
  }
}
