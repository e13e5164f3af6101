// Questions about one person or account.

import Bytes
import Cairn
import Engine
import Foundation
import Storage
import Testing

@Suite struct ProfileQuestionTests {
  private static let definitions = [
    DefinitionText(kind: .trait, name: "orders", text: #"count("Order Completed")"#, file: "test"),
    DefinitionText(
      kind: .trait, name: "ltv",
      text: #"sum("Order Completed", properties.revenue, currency: properties.currency)"#,
      file: "test"),
    DefinitionText(kind: .audience, name: "buyers", text: "orders >= 1", file: "test"),
    DefinitionText(kind: .audience, name: "big", text: "ltv > 100 EUR", file: "test"),
  ]

  private static let events = #"""
    {"type":"identify","messageId":"i1","userId":"u1","anonymousId":"a:1/x","traits":{"email":"Ada@example.com","plan":"pro"},"timestamp":"2026-03-01T09:00:00Z"}
    {"type":"track","event":"Order Completed","messageId":"1","userId":"u1","properties":{"revenue":33.5,"currency":"EUR"},"context":{"groupId":"acme"},"timestamp":"2026-03-01T10:00:00Z"}
    {"type":"track","event":"Page Viewed","messageId":"2","userId":"u1","timestamp":"2026-03-01T11:00:00Z"}
    {"type":"track","event":"Order Completed","messageId":"3","userId":"u2","properties":{"revenue":1,"currency":"EUR"},"timestamp":"2026-03-01T11:00:00Z"}
    {"type":"group","messageId":"g","userId":"u1","groupId":"acme","traits":{"name":"Acme"},"timestamp":"2026-03-01T11:30:00Z"}
    """#

  /// Runs a server whose store has the events above.
  private static func run(_ body: @Sendable (TestServer) async throws -> Void) async throws {
    try await TestServer.run(prepare: { store in
      _ = try store.apply(definitions)
    }) { server in
      let answer = try await server.post(
        "/v1/import", events,
        headers: ["X-Cairn-Source": "web", "Content-Type": "application/x-ndjson"])
      try #require(answer.json["accepted"] as? Int == 5)
      try await body(server)
    }
  }

  @Test func traitsAreThoseOfTheAcknowledgedEvents() async throws {
    try await Self.run { server in
      let answer = try await server.get("/v1/profiles/user_id:u1/traits")
      #expect(answer.status == 200)
      let traits = try #require(answer.json["traits"] as? [String: Any])
      #expect(traits["orders"] as? Int == 1)
      #expect((traits["ltv"] as? [String: Double]) == ["EUR": 33.5])
      #expect(answer.json["as_of"] is String)
      for count in 2...4 {
        _ = try await server.post(
          "/v1/track", #"{"event":"Order Completed","userId":"u1","messageId":"more\#(count)"}"#)
        let again = try await server.get("/v1/profiles/user_id:u1/traits")
        #expect((again.json["traits"] as? [String: Any])?["orders"] as? Int == count)
      }
    }
  }

  @Test func knownTraitsAreThoseThatWereSent() async throws {
    try await Self.run { server in
      let answer = try await server.get("/v1/profiles/user_id:u1/traits?known=true")
      let known = try #require(answer.json["known_traits"] as? [[String: Any]])
      #expect(known.map { $0["name"] as? String } == ["email", "plan"])
      #expect(known.map { $0["source"] as? String } == ["web", "web"])
      #expect(answer.json["is_partial"] as? Bool == false)
    }
  }

  @Test(arguments: [
    "user_id:u1", "email:ada%40example.com", "email:%41da@EXAMPLE.com", "anonymous_id:a:1%2Fx",
    "anonymous_id:a%3A1%2fx",
  ]) func profilesAreFoundByEachOfTheirIdentifiers(_ name: String) async throws {
    try await Self.run { server in
      let page = try await server.get("/v1/profiles/user_id:u1")
      let answer = try await server.get("/v1/profiles/\(name)")
      #expect(answer.status == 200)
      #expect(answer.json["profile_id"] as? String == page.json["profile_id"] as? String)
    }
  }

  @Test func pageIsThatOfTheCommand() async throws {
    try await Self.run { server in
      let answer = try await server.get("/v1/profiles/user_id:u1?events=2&accounts=0&at=2030-01-01")
      let snapshot = try await server.live.snapshot()
      let profile = try #require(
        try snapshot.profile(of: Identifier(type: "user_id", value: "u1")))
      var json = JSONBuilder()
      try snapshot.page(
        of: profile, at: try #require(Timestamp("2030-01-01")), eventsMax: 2, companionsMax: 0
      ).write(to: &json)
      #expect(answer.body == json.bytes)
      #expect((answer.json["latest_events"] as? [Any])?.count == 2)
      #expect(answer.json["accounts_total"] as? Int == 1)
    }
  }

  @Test func partsAreThoseOfThePage() async throws {
    try await Self.run { server in
      let page = try await server.get("/v1/profiles/user_id:u1?at=2030-01-01").json
      for (part, members) in [
        ("identifiers", ["identifiers", "links"]), ("audiences", ["audiences"]),
        ("accounts", ["accounts", "accounts_total"]), ("traits", ["traits"]),
      ] {
        let answer = try await server.get("/v1/profiles/user_id:u1/\(part)?at=2030-01-01").json
        for member in members + ["profile_id", "as_of"] {
          let (one, other) = (answer[member] as? NSObject, page[member] as? NSObject)
          #expect(one != nil && one == other, "\(part): \(member)")
        }
      }
    }
  }

  @Test func pagesOfEventsAddUpToAll() async throws {
    try await Self.run { server in
      let lines = (0..<50).map {
        #"{"type":"track","event":"E\#($0 % 3)","userId":"u1","messageId":"e\#($0)","timestamp":"2026-03-02T00:00:\#($0 % 5)0Z"}"#
      }
      _ = try await server.post("/v1/batch", #"{"batch":[\#(lines.joined(separator: ","))]}"#)
      let all = try await server.get("/v1/profiles/user_id:u1/events?limit=1000")
      let records = Self.records(all)
      #expect(records.count == 54)
      #expect(all.json["next"] is NSNull)
      for limit in [1, 7, 53, 54] {
        var (found, after): ([Int], String?) = ([], nil)
        repeat {
          let target = "/v1/profiles/user_id:u1/events?limit=\(limit)"
          let page = try await server.get(target + (after.map { "&after=\($0)" } ?? ""))
          found += Self.records(page)
          after = page.json["next"] as? String
        } while after != nil
        #expect(found == records)
      }
      let named = try await server.get("/v1/profiles/user_id:u1/events?name=E1&name=Page+Viewed")
      #expect(Self.records(named).count == 18)
      let timed = try await server.get(
        "/v1/profiles/user_id:u1/events?from=2026-03-02T00:00:10Z&to=2026-03-02T00:00:30Z")
      #expect(Self.records(timed).count == 20)
    }
  }

  private static func records(_ answer: TestResponse) -> [Int] {
    (answer.json["events"] as? [[String: Any]] ?? []).compactMap { $0["record"] as? Int }
  }

  @Test func accountsAreNamedByTheirGroup() async throws {
    try await Self.run { server in
      let page = try await server.get("/v1/accounts/acme?events=9")
      #expect(page.json["entity"] as? String == "account")
      #expect((page.json["latest_events"] as? [Any])?.count == 2)
      let typed = try await server.get("/v1/accounts/group_id:acme/events")
      #expect(Self.records(typed).count == 2)
      let members = try await server.get("/v1/accounts/acme/members")
      #expect(members.json["members"] as? Int == 1)
      #expect((members.json["latest_members"] as? [Any])?.count == 1)
      #expect(try await server.get("/v1/accounts/acme/traits").status == 200)
      let person = try await server.get("/v1/profiles/user_id:u1").json["profile_id"] as? String
      let refused = try await server.get("/v1/accounts/profile_id:\(person ?? "")")
      #expect(refused.status == 404)
    }
  }

  @Test func explanationsAreOfAudiencesTraitsAndIdentity() async throws {
    try await Self.run { server in
      let path = "/v1/profiles/user_id:u1/explain"
      let audience = try await server.get(path + "?audience=buyers")
      #expect(audience.json["member"] as? Bool == true)
      #expect(audience.json["changed_by"] is [String: Any])
      let trait = try await server.get(path + "?trait=ltv&events=1")
      #expect((trait.json["aggregates"] as? [[String: Any]])?.count == 1)
      let identity = try await server.get(path + "?with=email:ada@example.com")
      #expect(identity.json["one_person"] as? Bool == true)
      let apart = try await server.get(path + "?with=user_id:u2")
      #expect(apart.json["one_person"] as? Bool == false)
      #expect(try await server.get(path).status == 400)
      #expect(try await server.get(path + "?audience=buyers&trait=ltv").status == 400)
      #expect(try await server.get(path + "?audience=nobody").status == 404)
    }
  }

  @Test func mergedProfileIsFoundByItsFormerID() async throws {
    try await Self.run { server in
      let post = { (body: String) in _ = try await server.post("/v1/identify", body) }
      try await post(#"{"anonymousId":"m1","messageId":"m1"}"#)
      let former = try await server.get("/v1/profiles/anonymous_id:m1").json["profile_id"]
      let id = try #require(former as? String)
      try await post(#"{"userId":"u1","anonymousId":"m1","messageId":"m2"}"#)
      let survivor = try await server.get("/v1/profiles/user_id:u1/identifiers").json
      let found = try await server.get("/v1/profiles/profile_id:\(id)/identifiers")
      #expect(found.status == 200)
      #expect(found.json["profile_id"] as? String != id)
      #expect(found.json["profile_id"] as? String == survivor["profile_id"] as? String)
    }
  }

  @Test func lookUpAnswersInOrder() async throws {
    try await Self.run { server in
      let answer = try await server.post(
        "/v1/profiles/lookup",
        #"{"identifiers":["user_id:u2","user_id:none","email:ada@example.com","user_id:u2"],"include":["traits","audiences","identifiers"]}"#
      )
      let profiles = try #require(answer.json["profiles"] as? [Any])
      #expect(profiles.count == 4)
      #expect(profiles[1] is NSNull)
      let orders = profiles.map { (($0 as? [String: Any])?["traits"] as? [String: Any])?["orders"] }
      #expect(orders.map { $0 as? Int } == [1, nil, 1, 1])
      #expect((profiles[0] as? [String: Any])?["audiences"] is [Any])
      let plain = try await server.post(
        "/v1/profiles/lookup", #"{"identifiers":["user_id:u2"]}"#)
      let only = (plain.json["profiles"] as? [[String: Any]])?.first
      #expect(only.map { Set($0.keys) } == ["profile_id", "traits"])
    }
  }

  @Test func lookUpTakesAThousand() async throws {
    try await Self.run { server in
      for (count, status) in [(1_000, 200), (1_001, 413)] {
        let names = (0..<count).map { "\"user_id:\($0)\"" }.joined(separator: ",")
        let answer = try await server.post(
          "/v1/profiles/lookup", #"{"identifiers":[\#(names)]}"#)
        #expect(answer.status == status)
      }
      for body in [
        "", "[]", "{}", #"{"identifiers":[1]}"#, #"{"identifiers":["x"]}"#,
        #"{"identifiers":[],"include":["all"]}"#, #"{"identifiers":[],"include":"traits"}"#,
      ] {
        #expect(try await server.post("/v1/profiles/lookup", body).status == 400, "\(body)")
      }
    }
  }

  @Test(arguments: [
    ("/v1/profiles/user_id:nobody", 404, "not_found"),
    ("/v1/profiles/user_id:nobody/traits", 404, "not_found"),
    ("/v1/profiles/shoe_size:42", 404, "not_found"),
    ("/v1/profiles/profile_id:zz/traits", 404, "not_found"),
    ("/v1/profiles/u1", 400, "invalid_identifier"),
    ("/v1/profiles/user_id:", 400, "invalid_identifier"),
    ("/v1/profiles/user_id:%f", 400, "invalid_identifier"),
    ("/v1/profiles/user_id:%FF", 400, "invalid_identifier"),
    ("/v1/accounts/none", 404, "not_found"),
    ("/v1/profiles/user_id:u1/traits?at=now", 400, "invalid_parameter"),
    ("/v1/profiles/user_id:u1/traits?as_of=2030-01-01", 400, "unknown_parameter"),
    ("/v1/profiles/user_id:u1/traits?at=2020-01-01", 409, "out_of_order"),
    ("/v1/profiles/user_id:u1/events?limit=0", 400, "invalid_parameter"),
    ("/v1/profiles/user_id:u1/events?limit=1001", 400, "invalid_parameter"),
    ("/v1/profiles/user_id:u1/events?after=7", 400, "invalid_parameter"),
    ("/v1/profiles/user_id:u1/events?from=%zz", 400, "invalid_parameter"),
    ("/v1/profiles/user_id:u1?accounts=10001", 400, "invalid_parameter"),
  ]) func errorsHaveOneShape(_ asked: (target: String, status: Int, code: String)) async throws {
    try await Self.run { server in
      try await server.get(asked.target).requireError(asked.status, asked.code)
    }
  }
}
