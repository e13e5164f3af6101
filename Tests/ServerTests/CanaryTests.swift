// Personal data and keys appear in no log, no error, no metric and no file name, and keys in no file.

import Bytes
import Cairn
import CairnServer
import Engine
import Foundation
import Storage
import Synchronization
import Testing

@Suite struct CanaryTests {
  /// What must not appear.
  private static let canaries = [
    "canary.ann", "cnry.example", "4915799887766", "Canaryson", "203.0.113.77", "canary-card-4111",
    "canary-group", "canary-secret", "canary-id",
  ]

  private static let person =
    #""userId":"canary-id-1","anonymousId":"canary-id-2","traits":{"email":"canary.ann@cnry.example","#
    + #""phone":"+4915799887766","lastName":"Canaryson"},"context":{"ip":"203.0.113.77","groupId":"canary-group"},"#
    + #""properties":{"card":"canary-card-4111"}"#

  /// A request, with what stands for personal data wherever it can.
  private struct Call: Sendable {
    var method = "POST"
    var target: String
    var body = ""
    var headers = ["X-Cairn-Source": "web"]
  }

  private static let identifiers = [
    "user_id:canary-id-9", "email:canary.ann@cnry.example", "phone:+4915799887766", "canary-id",
    "none:canary-id", "email:canary-id", "profile_id:canary-id",
  ]

  /// Events, most of them wrong in some way.
  private static let collecting: [Call] = {
    let bodies = [
      #"{"type":"identify",\#(person)}"#, #"{"type":"track","event":"Canaryson",\#(person)}"#,
      #"{"type":"track",\#(person)}"#, #"{"type":"canary-id",\#(person)}"#,
      #"{"type":"track",\#(person)"#,
      #"{\#(person),\#(person)}"#, #"[{\#(person)}]"#, #""canary-id""#, "canary-id",
      "\u{1}canary-id",
      #"{"type":"track","event":"A","userId":{"canary-id":["canary-id"]}}"#,
      #"{"type":"track","event":"A","userId":"u","timestamp":"canary-id"}"#,
      #"{"type":"track","event":"A","userId":"\#(String(repeating: "canary-id", count: 1000))"}"#,
      #"{"type":"track","event":"A","userId":"u","properties":{"canary-card-4111":"\ud800"}}"#,
      #"{"type":"track","event":"A","userId":"u","properties":"#
        + String(repeating: #"{"canary-id":"#, count: 40)
        + "1" + String(repeating: "}", count: 41),
      #"{"type":"track","event":"A","userId":"u","properties":{"canary-id":1e999999,"n":01}}"#,
    ]
    return bodies.flatMap { body in
      [
        Call(target: "/v1/track", body: body),
        Call(target: "/v1/batch?verdicts=1", body: "{\"batch\":[\(body)]}"),
        Call(
          target: "/v1/import", body: body + "\n",
          headers: ["X-Cairn-Source": "web", "Content-Type": "application/x-ndjson"]),
        Call(target: "/v1/ingest?source=web", body: body + "\n"),
        Call(target: "/v1/ingest?source=web&format=canary-id", body: body),
      ]
    }
  }()

  /// Requests that are wrong as such.
  private static let wrong: [Call] = [
    Call(method: "GET", target: "/v1/canary-id?email=canary.ann@cnry.example"),
    Call(method: "GET", target: "/v1/events/tail?canary-id=canary.ann@cnry.example"),
    Call(method: "GET", target: "/v1/events/tail?after=canary-id"),
    Call(
      method: "GET",
      target: "/v1/profiles/user_id:canary-id-9/events?from=canary-id&limit=canary-id"),
    Call(method: "GET", target: "/v1/audiences/canary-id?at=canary-id"),
    Call(method: "GET", target: "/v1/audiences/some/changes?after=canary-id"),
    Call(method: "GET", target: "/v1/audiences/some/members?after=canary-id"),
    Call(method: "GET", target: "/v1/%ff%canary-id"), Call(method: "canary-id", target: "/"),
    Call(method: "GET", target: "/v1/projects/canary-secret/settings"),
    Call(target: "/v1/track", body: "{}", headers: ["Authorization": "Bearer canary-secret"]),
    Call(target: "/v1/track", body: "{}", headers: ["Authorization": "canary-secret"]),
    Call(target: "/v1/track", body: #"{"writeKey":"canary-secret"}"#, headers: [:]),
    Call(
      target: "/v1/track", body: "{}",
      headers: ["Content-Encoding": "canary-id", "X-Cairn-Source": "web"]),
    Call(
      target: "/v1/track", body: "canary-id",
      headers: ["Content-Encoding": "gzip", "X-Cairn-Source": "web"]),
    Call(target: "/v1/erasures", body: "canary-id"),
    Call(target: "/v1/keys", body: #"{"read":"canary-id"}"#),
    Call(target: "/v1/deliveries", body: #"{"canary-id":1}"#),
    Call(method: "DELETE", target: "/v1/keys/canary-secret"),
    Call(target: "/v1/ticks", body: #"{"to":"canary-id"}"#),
  ]

  /// Questions about people and decisions on them, most of whom there are not.
  private static let people: [Call] = identifiers.flatMap { name in
    let part = name.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
    let list = #"{"identifiers":["\#(name)","\#(name)x"]}"#
    return [
      Call(method: "GET", target: "/v1/profiles/\(part)"),
      Call(method: "GET", target: "/v1/accounts/\(part)"),
      Call(method: "GET", target: "/v1/profiles/\(part)/explain?audience=some"),
      Call(method: "GET", target: "/v1/spaces/a/collections/users/profiles/\(part)/traits"),
      Call(method: "GET", target: "/v1/profiles/\(part)/events?next=canary-id"),
      Call(target: "/v1/identity/splits", body: list),
      Call(target: "/v1/identity/merges", body: list),
      Call(target: "/v1/erasures", body: list),
    ]
  }

  @Test func personalDataIsNeitherLoggedNorRepeated() async throws {
    let log = CapturedLog()
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
      .path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let keys = Mutex<[String]>([])
    try await TestServer.run(
      storePath: folder + "/store", logger: log.logger,
      prepare: { store in
        try keys.withLock {
          $0 = [try store.makeWriteKey(forSource: "shop"), try store.makeReadKey()]
        }
        _ = try store.apply([
          DefinitionText(kind: .audience, name: "some", text: #"performed("A")"#, file: "test")
        ])
      }
    ) { server in
      var failures = 0
      for call in Self.collecting + Self.wrong + Self.people {
        let answer = try await server.send(
          call.method, call.target, headers: call.headers, body: Array(call.body.utf8))
        guard
          answer.status >= 400 || call.target.hasPrefix("/v1/batch")
            || call.target.hasPrefix("/v1/ingest")
        else { continue }
        failures += 1
        let text =
          answer.text + answer.headers.map { "\($0.key): \($0.value)" }.joined(separator: "\n")
        expectNone(
          in: text, "the answer to \(call.method) \(call.target.prefix(40)): \(answer.text)")
      }
      #expect(failures > 100)
      for key in keys.withLock({ $0 }) {
        let bearer = ["Authorization": "Bearer \(key)"]
        _ = try await server.post("/v1/track", #"{"event":"A","userId":"u"}"#, headers: bearer)
      }
      // What is not HTTP, with and without a part of a request before it.
      for head in ["", "GET /canary-id HTTP/1.1\r\nHost: canary-id\r\nX-A: canary-id\r\n"] {
        let bytes = try await server.connected { connection in
          try connection.write(Array((head + "canary-id\0 canary.ann@cnry.example\r\n\r\n").utf8))
          return try connection.readToEnd()
        }
        expectNone(in: String(decoding: bytes, as: UTF8.self), "the answer to what is not HTTP")
      }
      expectNone(in: try await server.get("/metrics").text, "the metrics")
    }
    // When it begins and ends, and connections that are refused.
    let lines = log.entries.map { "\($0.level) \($0.message) \($0.metadata)" }
    #expect(lines.count > 3)
    for line in lines {
      expectNone(in: line, "the log: \(line)")
      for key in keys.withLock({ $0 }) { #expect(!line.contains(key), "a key is logged") }
    }
    try expectPrivateFiles(folder, keys.withLock { $0 })
  }

  private func expectNone(in text: String, _ place: String) {
    let text = text.lowercased()
    for canary in Self.canaries where text.contains(canary.lowercased()) {
      Issue.record("\(canary) is in \(place)")
    }
  }

  /// Names say nothing of people, and no file has a key.
  private func expectPrivateFiles(_ folder: String, _ keys: [String]) throws {
    var files = 0
    for name in try FileManager.default.subpathsOfDirectory(atPath: folder) {
      expectNone(in: name, "the name of a file")
      guard let content = FileManager.default.contents(atPath: folder + "/" + name) else {
        continue
      }
      files += 1
      for key in keys { #expect(content.range(of: Data(key.utf8)) == nil, "\(name) has a key") }
    }
    #expect(files > 1 && keys.count == 2)
  }
}
