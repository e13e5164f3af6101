// The document of the HTTP interface says what the server does: every route is in it, and answers are as it says.

import Bytes
import Cairn
import Engine
import Foundation
import Hummingbird
import Logging
import Storage
import Testing
import Yams

@testable import CairnServer

/// The document.
///
/// Safe because: nothing of it changes once it has been read.
private struct OpenAPI: @unchecked Sendable {
  let root: [String: Any]

  init() throws {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("docs/openapi.yaml")
    root = try Yams.load(yaml: String(contentsOf: file, encoding: .utf8)) as? [String: Any] ?? [:]
  }

  var paths: [String: [String: Any]] { root["paths"] as? [String: [String: Any]] ?? [:] }

  /// `GET /v1/x/{}` for each operation.
  var operations: Set<String> {
    Set(
      paths.flatMap { path, methods in methods.keys.map { "\($0.uppercased()) \(Self.shape(path))" }
      })
  }

  /// An address without the names of what varies in it.
  static func shape(_ path: String) -> String {
    let parts = path.split(separator: "/").map { part in
      part.hasPrefix("{") || part.hasPrefix(":") ? "{}" : String(part)
    }
    return "/" + parts.joined(separator: "/")
  }

  /// The schema of an answer.
  func schema(_ method: String, _ path: String, isError: Bool) throws -> [String: Any] {
    let operation = try #require(paths[path]?[method.lowercased()] as? [String: Any])
    let responses = try #require(operation["responses"] as? [String: Any])
    let response = resolve(try #require(responses[isError ? "default" : "200"] as? [String: Any]))
    let content = try #require(response["content"] as? [String: [String: Any]])
    return resolve(try #require(content.values.first?["schema"] as? [String: Any]))
  }

  private func resolve(_ value: [String: Any]) -> [String: Any] {
    guard let reference = value["$ref"] as? String else { return value }
    var found: Any = root
    for part in reference.dropFirst(2).split(separator: "/") {
      found = (found as? [String: Any])?[String(part)] ?? [:]
    }
    return found as? [String: Any] ?? [:]
  }

  /// What of a value is not as its schema says, by its place.
  func violations(of value: Any, _ schema: [String: Any], at place: String = "$") -> [String] {
    let schema = resolve(schema)
    let types = (schema["type"] as? [String]) ?? (schema["type"] as? String).map { [$0] } ?? []
    guard types.isEmpty || types.contains(where: { Self.has(value, $0) }) else {
      return ["\(place) is not of type \(types.joined(separator: " or "))"]
    }
    var found: [String] = []
    if let object = value as? [String: Any] {
      for name in schema["required"] as? [String] ?? [] where object[name] == nil {
        found.append("\(place).\(name) is missing")
      }
      for (name, part) in schema["properties"] as? [String: [String: Any]] ?? [:] {
        if let member = object[name] {
          found += violations(of: member, part, at: "\(place).\(name)")
        }
      }
    }
    if let list = value as? [Any], let part = schema["items"] as? [String: Any] {
      for (index, element) in list.enumerated() {
        found += violations(of: element, part, at: "\(place)[\(index)]")
      }
    }
    return found
  }

  private static func has(_ value: Any, _ type: String) -> Bool {
    switch type {
    case "object": value is [String: Any]
    case "array": value is [Any]
    case "string": value is String
    case "null": value is NSNull
    case "boolean": value is Bool
    case "integer", "number": value is NSNumber && !(value is String)
    default: false
    }
  }
}

@Suite struct OpenAPITests {
  @Test func everyRouteIsDocumented() async throws {
    let document = try OpenAPI()
    try await TestServer.run { server in
      let settings = ServerOptions(socketPath: "/x", version: "test")
      let router = CairnServer(
        server.live, options: settings,
        logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
      ).makeRouter()
      let routes = Set(
        router.routes.map { "\($0.method.rawValue) \(OpenAPI.shape($0.path.description))" })
      #expect(routes.subtracting(document.operations) == [])
      #expect(document.operations.subtracting(routes) == [])
    }
  }

  @Test func answersAreAsDocumented() async throws {
    let document = try OpenAPI()
    try await TestServer.run(prepare: { store in
      _ = try store.apply([
        DefinitionText(kind: .trait, name: "n", text: #"count("A")"#, file: "test"),
        DefinitionText(kind: .audience, name: "some", text: #"performed("A")"#, file: "test"),
      ])
    }) { server in
      let body =
        #"{"batch":[{"type":"track","event":"A","userId":"u1","context":{"groupId":"g"}},{}]}"#
      let questions: [(method: String, path: String, target: String, body: String?)] = [
        ("POST", "/v1/batch", "/v1/batch?verdicts=1", body),
        ("POST", "/v1/track", "/v1/track", #"{"event":"A","userId":"u2"}"#),
        ("GET", "/v1/profiles/{id}", "/v1/profiles/user_id:u1", nil),
        ("GET", "/v1/profiles/{id}/traits", "/v1/profiles/user_id:u1/traits", nil),
        ("GET", "/v1/profiles/{id}/events", "/v1/profiles/user_id:u1/events", nil),
        ("GET", "/v1/profiles/{id}/identifiers", "/v1/profiles/user_id:u1/identifiers", nil),
        ("GET", "/v1/profiles/{id}/audiences", "/v1/profiles/user_id:u1/audiences", nil),
        ("GET", "/v1/profiles/{id}/accounts", "/v1/profiles/user_id:u1/accounts", nil),
        ("GET", "/v1/profiles/{id}/explain", "/v1/profiles/user_id:u1/explain?trait=n", nil),
        ("GET", "/v1/accounts/{id}", "/v1/accounts/g", nil),
        ("GET", "/v1/accounts/{id}/members", "/v1/accounts/g/members", nil),
        ("POST", "/v1/profiles/lookup", "/v1/profiles/lookup", #"{"identifiers":["user_id:u1"]}"#),
        ("GET", "/v1/audiences", "/v1/audiences", nil),
        ("GET", "/v1/audiences/{name}", "/v1/audiences/some", nil),
        ("GET", "/v1/audiences/{name}/members", "/v1/audiences/some/members?limit=1", nil),
        ("GET", "/v1/audiences/{name}/changes", "/v1/audiences/some/changes?after=0", nil),
        ("POST", "/v1/audiences/preview", "/v1/audiences/preview", #"performed("A")"#),
        ("GET", "/v1/sources", "/v1/sources", nil),
        ("POST", "/v1/sources", "/v1/sources", #"{"source":"shop"}"#),
        ("GET", "/health", "/health", nil), ("GET", "/ready", "/ready", nil),
        ("GET", "/version", "/version", nil),
      ]
      for question in questions {
        let answer = try await server.send(
          question.method, question.target, headers: ["X-Cairn-Source": "web"],
          body: question.body.map { Array($0.utf8) })
        #expect(answer.status == 200, "\(question.target): \(answer.text)")
        let schema = try document.schema(question.method, question.path, isError: false)
        #expect(document.violations(of: answer.json, schema) == [], "\(question.target)")
      }
      // A stream that does not end: its first entry.
      let entry = try await server.connected { connection in
        let target = "/v1/events/tail?after=0"
        try connection.write(Array("GET \(target) HTTP/1.1\r\nHost: a\r\n\r\n".utf8))
        _ = try connection.readHead()
        var text: [UInt8] = []
        while !text.contains(UInt8(ascii: "}")), let part = try connection.readChunk() {
          text += part
        }
        return text.split(separator: UInt8(ascii: "\n")).first.map { Array($0) } ?? []
      }
      let schema = try document.schema("GET", "/v1/events/tail", isError: false)
      let json = try JSONSerialization.jsonObject(with: Data(entry))
      #expect(document.violations(of: json, schema) == [])
      for target in ["/v1/profiles/user_id:nobody", "/v1/audiences/none", "/v1/profiles/x"] {
        let answer = try await server.send("GET", target)
        #expect(answer.status >= 400)
        let schema = try document.schema("GET", "/v1/profiles/{id}", isError: true)
        #expect(document.violations(of: answer.json, schema) == [], "\(target)")
      }
    }
  }
}
