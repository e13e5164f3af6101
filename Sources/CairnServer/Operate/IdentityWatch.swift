// The health of the identity graph for `/metrics`. Counting it reads every profile, so that is done now and then, on a
// thread that may block, while somebody asks.

import Bytes
import Cairn
import Engine
import Synchronization

/// Counts the identity graph for those who watch a store.
final class IdentityWatch: Sendable {
  /// A count.
  struct Count: Sendable {
    var health: IdentityHealth
    /// The instant that it was begun at.
    var begunAt: Timestamp
  }

  private struct State: Sendable {
    var last: Count?
    var begunAt: Timestamp?
    var isCounting = false
  }

  /// The least time from the beginning of one count to the next.
  static let interval = Milliseconds(300_000)

  private let store: LiveStore
  private let state = Mutex(State())

  init(_ store: LiveStore) { self.store = store }

  /// The last count, if there is one; begins another if it is old.
  func present() -> Count? {
    let now = store.now
    let (last, begins) = state.withLock { state in
      let age = state.begunAt.map { now.milliseconds - $0.milliseconds }
      // A clock that was set back does not stop it.
      let isDue = age.map { $0 >= Self.interval.value || $0 < 0 } ?? true
      let begins = isDue && !state.isCounting
      if begins { (state.isCounting, state.begunAt) = (true, now) }
      return (state.last, begins)
    }
    if begins { Task { await count(at: now) } }
    return last
  }

  private func count(at now: Timestamp) async {
    // A failure shows by the age of the last count.
    let health = try? await read()
    state.withLock { state in
      state.isCounting = false
      if let health { state.last = Count(health: health, begunAt: now) }
    }
  }

  private func read() async throws -> IdentityHealth {
    let snapshot = try await store.snapshot()
    return try await Question.reading { try snapshot.identityHealth() }
  }
}

extension PrometheusText {
  /// Adds the health of an identity graph.
  mutating func add(_ count: IdentityWatch.Count, at now: Timestamp) {
    let health = count.health
    add(
      "cairn_identity_age_seconds", "gauge", "How old the counts of the identity graph are.",
      Double(max(0, now.milliseconds - count.begunAt.milliseconds)) / 1000)
    add("cairn_identity_persons", "gauge", "Persons.", Double(health.profiles))
    add("cairn_identity_accounts", "gauge", "Accounts.", Double(health.accounts))
    begin("cairn_identity_persons_by_size", "gauge", "Persons by their number of identifiers.")
    for (size, count) in zip(["1", "2-5", "6-10", "11-100", "101-"], health.histogram) {
      sample("cairn_identity_persons_by_size", [("identifiers", size)], Double(count))
    }
    add(
      "cairn_identity_identifiers", "Identifiers of persons by type.", "type",
      health.types.map { ($0.type, Double($0.identifiers)) })
    add(
      "cairn_identity_identifiers_max", "The most identifiers of a type that one person has.",
      "type", health.types.map { ($0.type, Double($0.most)) })
    begin("cairn_identity_left_out_total", "counter", "Identifiers left out of events, and why.")
    for (reason, types) in [
      ("blocked", health.blocked), ("limited", health.limited), ("protected", health.protected),
    ] {
      for (type, count) in types.sorted(by: { $0.key < $1.key }) {
        sample(
          "cairn_identity_left_out_total", [("reason", reason), ("type", type)], Double(count))
      }
    }
    sample(
      "cairn_identity_left_out_total", [("reason", "kept_apart"), ("type", "")],
      Double(health.keptApart))
    add(
      "cairn_identity_merges_total", "Persons absorbed by others, by events and by hand.", "by",
      [("events", Double(health.merged)), ("hand", Double(health.mergedByHand))], "counter")
    add("cairn_identity_splits_total", "counter", "Splits by hand.", Double(health.splits))
    add(
      "cairn_identity_unidentified_total", "counter",
      "Events that by the rules in force have no identifier.", Double(health.unidentified))
  }

  /// Adds a metric with one label.
  private mutating func add(
    _ name: String, _ help: String, _ label: String, _ samples: [(String, Double)],
    _ type: String = "gauge"
  ) {
    begin(name, type, help)
    for (value, number) in samples { sample(name, [(label, value)], number) }
  }
}
