// What the server reports of itself, and to whom.

import Bytes
import Cairn
import CairnServer
import Dispatch
import Engine
import Storage
import Synchronization
import Testing

@Suite struct MetricTests {
  /// The samples by name and labels.
  private func samples(_ answer: TestResponse) throws -> [String: Double] {
    #expect(answer.status == 200)
    #expect(answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8")
    var samples: [String: Double] = [:]
    for line in answer.text.split(separator: "\n") where !line.hasPrefix("#") {
      let space = try #require(line.lastIndex(of: " "))
      samples[String(line[..<space])] = Double(line[line.index(after: space)...])
    }
    return samples
  }

  @Test func countsWhatHappened() async throws {
    try await TestServer.run { server in
      for id in ["1", "1", "2"] {
        _ = try await server.post(
          "/v1/track", #"{"event":"A","userId":"ann@example.com","messageId":"\#(id)"}"#)
      }
      _ = try await server.post("/v1/batch", #"{"batch":[{"type":"none"}]}"#)
      _ = try await server.post("/v1/track", #"{"event":"A","userId":"null"}"#)
      _ = try await server.send("GET", "/no/ann@example.com/such")
      _ = try await server.send("GET", "/v1/projects/ann@example.com/settings")
      let answer = try await server.send("GET", "/metrics")
      let samples = try samples(answer)
      let events = #"cairn_events_total{source="web",verdict="#
      #expect(samples[events + #""accepted",stage="commit",reason=""}"#] == 2)
      #expect(samples[events + #""duplicate",stage="duplicates",reason=""}"#] == 1)
      #expect(samples[events + #""quarantined",stage="parse",reason="unknown_type"}"#] == 1)
      #expect(
        samples[events + #""quarantined",stage="identify",reason="blocked_identifier"}"#] == 1)
      #expect(samples[#"cairn_requests_total{route="/v1/track",status="200"}"#] == 4)
      let requests = samples.keys.filter { $0.hasPrefix("cairn_requests_total") }.sorted()
      #expect(samples[#"cairn_requests_total{route="other",status="404"}"#] == 1, "\(requests)")
      #expect(
        samples[#"cairn_requests_total{route="/v1/projects/{key}/settings",status="404"}"#] == 1)
      #expect(samples["cairn_commit_seconds_count"] ?? 0 >= 2)
      #expect(samples["cairn_commit_records_sum"] ?? 0 >= 3)
      #expect(samples["cairn_queue_bytes"] == 0)
      #expect(samples["cairn_connections"] ?? 0 >= 1)
      #expect(samples["cairn_replay_records"] ?? 0 >= 3)
      #expect(samples["cairn_profiles"] == 1)
      #expect(samples["cairn_identifiers"] == 1)
      #expect(samples["cairn_store_failed"] == 0)
      #expect(samples["cairn_timer_lag_seconds"] == 0)
      #expect(!answer.text.contains("example.com"))
    }
  }

  @Test func identityIsCountedNowAndThen() async throws {
    let clock = Atomic(Int64(1_772_359_200_000))
    var options = StoreOptions()
    options.environment = .fixed(now: {
      Timestamp(milliseconds: clock.load(ordering: .relaxed))
    })
    try await TestServer.run(store: options) { server in
      /// What is counted, once it has been counted at an instant after a start.
      func counted(at seconds: Int64) async throws -> [String: Double] {
        let now = 1_772_359_200_000 + seconds * 1000
        clock.store(now, ordering: .relaxed)
        while true {
          let samples = try samples(try await server.send("GET", "/metrics"))
          if samples["cairn_identity_age_seconds"] == 0 { return samples }
        }
      }
      _ = try await server.post(
        "/v1/batch",
        #"{"batch":[{"type":"track","event":"A","userId":"u1","anonymousId":"a1"},"#
          + #"{"type":"track","event":"A","userId":"u2"},{"type":"track","event":"A","anonymousId":"a2"},"#
          + #"{"type":"track","event":"A","userId":"null","anonymousId":"a2"}]}"#)
      let first = try await counted(at: 0)
      #expect(first["cairn_identity_persons"] == 3 && first["cairn_identity_accounts"] == 0)
      #expect(first[#"cairn_identity_persons_by_size{identifiers="2-5"}"#] == 1)
      #expect(first[#"cairn_identity_identifiers{type="user_id"}"#] == 2)
      #expect(first[#"cairn_identity_identifiers_max{type="anonymous_id"}"#] == 1)
      #expect(first[#"cairn_identity_left_out_total{reason="blocked",type="user_id"}"#] == 1)
      #expect(first[#"cairn_identity_merges_total{by="events"}"#] == 0)
      _ = try await server.post("/v1/track", #"{"event":"A","userId":"u2","anonymousId":"a2"}"#)
      // Not yet.
      clock.store(1_772_359_200_000 + 299_000, ordering: .relaxed)
      let before = try samples(try await server.send("GET", "/metrics"))
      #expect(before["cairn_identity_age_seconds"] == 299 && before["cairn_identity_persons"] == 3)
      let second = try await counted(at: 300)
      #expect(second["cairn_identity_persons"] == 2)
      #expect(second[#"cairn_identity_merges_total{by="events"}"#] == 1)
    }
  }

  @Test func readinessDoesNotWaitForTheThreadThatWrites() async throws {
    try await TestServer.run { server in
      let release = DispatchSemaphore(value: 0)
      let blocker = Task {
        try await server.live.withStore { (_) throws(StoreError) in release.wait() }
      }
      #expect(try await server.send("GET", "/ready").status == 200)
      #expect(try await server.send("GET", "/version").json["version"] as? String == "test")
      release.signal()
      try await blocker.value
    }
  }
}
