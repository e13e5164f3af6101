// Profiles in the shape of Segment's Profile API.

import Bytes
import Engine
import Foundation
import Testing

@Suite struct SpaceRoutesTests {
  private static let path = "/v1/spaces/any/collections/users/profiles/user_id:u1"

  /// Runs a server whose store has a person with an account, 14 known traits and 15 events.
  private static func run(_ body: @Sendable (TestServer) async throws -> Void) async throws {
    try await TestServer.run(prepare: { store in
      _ = try store.apply([
        DefinitionText(kind: .trait, name: "views", text: #"count("Viewed")"#, file: "test"),
        DefinitionText(kind: .audience, name: "viewers", text: "views >= 1", file: "test"),
      ])
    }) { server in
      let traits = (0..<14).map { "\"t\($0 + 10)\":\($0)" }.joined(separator: ",")
      var lines = [
        #"{"type":"identify","userId":"u1","anonymousId":"a1","messageId":"i","traits":{\#(traits)},"timestamp":"2026-03-01T00:00:00Z"}"#,
        #"{"type":"group","userId":"u1","groupId":"acme","messageId":"g","timestamp":"2026-03-01T00:00:01Z"}"#,
      ]
      lines += (0..<13).map {
        #"{"type":"track","event":"Viewed","userId":"u1","messageId":"v\#($0)","properties":{"n":\#($0)},"context":{"ip":"1.1.1.1"},"timestamp":"2026-03-02T00:00:\#($0 + 10)Z"}"#
      }
      let answer = try await server.post(
        "/v1/batch", #"{"batch":[\#(lines.joined(separator: ","))]}"#)
      try #require(answer.json["accepted"] as? Int == 15)
      try await body(server)
    }
  }

  private static func cursor(_ answer: TestResponse) -> [String: Any] {
    answer.json["cursor"] as? [String: Any] ?? [:]
  }

  private static func data(_ answer: TestResponse) -> [[String: Any]] {
    answer.json["data"] as? [[String: Any]] ?? []
  }

  @Test func traitsAreSentAndComputedOnesAndAudiences() async throws {
    try await Self.run { server in
      let all = try await server.get("\(Self.path)/traits?limit=200&unknown=1")
      let traits = try #require(all.json["traits"] as? [String: Any])
      #expect(traits.count == 16)
      #expect(traits["views"] as? Int == 13)
      #expect(traits["viewers"] as? Bool == true)
      #expect(Self.cursor(all)["has_more"] as? Bool == false)
      #expect(Self.cursor(all)["url"] as? String == "\(Self.path)/traits")
      let first = try await server.get("\(Self.path)/traits")
      #expect((first.json["traits"] as? [String: Any])?.count == 10)
      let next = try #require(Self.cursor(first)["next"] as? String)
      let second = try await server.get("\(Self.path)/traits?next=\(next)&limit=1")
      #expect((second.json["traits"] as? [String: Any])?.count == 6)
      #expect(Self.cursor(second)["limit"] as? Int == 10)
      let some = try await server.get("\(Self.path)/traits?include=t10,views&verbose=true")
      let verbose = try #require(some.json["traits"] as? [String: [String: Any]])
      #expect(Set(verbose.keys) == ["t10", "views"])
      #expect(verbose["t10"]?["source_id"] as? String == "web")
      #expect(verbose["t10"]?["updated_at"] as? String == "2026-03-01T00:00:00.000Z")
    }
  }

  @Test func eventsComeInPages() async throws {
    try await Self.run { server in
      var (found, next) = ([String](), "")
      repeat {
        let page = try await server.get("\(Self.path)/events?limit=10&next=\(next)")
        found += Self.data(page).compactMap { $0["message_id"] as? String }
        next = Self.cursor(page)["next"] as? String ?? ""
      } while !next.isEmpty
      #expect(found == (0..<13).reversed().map { "v\($0)" } + ["g", "i"])
      let named = Self.data(try await server.get("\(Self.path)/events?include=Viewed&limit=200"))
      #expect(named.count == 13)
      let event = try #require(named.first)
      #expect((event["properties"] as? [String: Int]) == ["n": 12])
      #expect((event["context"] as? [String: Any])?["ip"] as? String == "1.1.1.1")
      #expect(event["type"] as? String == "track")
      #expect((event["external_ids"] as? [Any])?.count == 2)
    }
  }

  @Test func otherPartsHaveTheirShapes() async throws {
    try await Self.run { server in
      let ids = Self.data(try await server.get("\(Self.path)/external_ids"))
      #expect(Set(ids.compactMap { $0["type"] as? String }) == ["user_id", "anonymous_id"])
      #expect(ids.allSatisfy { $0["source_id"] as? String == "web" && $0["created_at"] is String })
      let links = Self.data(try await server.get("\(Self.path)/links"))
      #expect(links.map { $0["to_collection"] as? String } == ["accounts"])
      let account = "/v1/spaces/any/collections/accounts/profiles/group_id:acme"
      let back = Self.data(try await server.get("\(account)/links"))
      #expect(back.map { $0["to_collection"] as? String } == ["users"])
      #expect(try await server.get("\(account)/traits").status == 200)
      let metadata = try await server.get("\(Self.path)/metadata").json["metadata"]
      let members = try #require(metadata as? [String: Any])
      #expect(members["first_message_id"] as? String == "i")
      #expect(members["last_message_id"] as? String == "v12")
    }
  }

  @Test(arguments: [
    ("users/profiles/user_id:none/traits", 404), ("users/profiles/group_id:acme/traits", 404),
    ("accounts/profiles/none/traits", 404), ("users/profiles/u1/traits", 400),
    ("users/profiles/user_id:u1/traits?limit=x", 400),
    ("users/profiles/user_id:u1/traits?next=x", 400),
    ("users/profiles/user_id:u1/events?next=x", 400), ("users/profiles/user_id:u1/none", 404),
    ("others/profiles/user_id:u1/traits", 404),
  ]) func errorsAreNested(_ asked: (target: String, status: Int)) async throws {
    try await Self.run { server in
      let answer = try await server.get("/v1/spaces/any/collections/\(asked.target)")
      #expect(answer.status == asked.status)
      let error = try #require(answer.json["error"] as? [String: Any])
      #expect(error["code"] is String && error["message"] is String)
    }
  }
}
