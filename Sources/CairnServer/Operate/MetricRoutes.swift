// `/metrics`: what the store and the server count, for Prometheus and everything that reads its format.

import Bytes
import Cairn
import Engine
import HTTPTypes
import Hummingbird
import NIOCore

/// Reports metrics to the owner and to those with a read key.
struct MetricRoutes: Sendable {
  let store: LiveStore
  let metrics: ServerMetrics
  let connections: ConnectionCount
  let identity: IdentityWatch
  /// What serves webhooks; nil if nothing does.
  let webhooks: WebhookDeliveries?

  /// Adds the route.
  func add(to router: Router<ServerContext>) {
    router.get("metrics") { request, context in
      try store.requireReading(context.peer, PresentedKey(request.headers))
      return Response(
        status: .ok, headers: [.contentType: "text/plain; version=0.0.4; charset=utf-8"],
        body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }
  }

  private var text: String {
    var out = PrometheusText()
    let statistics = store.statistics
    addEvents(statistics, to: &out)
    out.add(
      "cairn_commit_seconds", "From the end of a batch until it is durable.",
      statistics.commitSeconds)
    out.add("cairn_commit_records", "Records of a commit.", statistics.commitRecords)
    addTime(statistics, to: &out)
    for (name, help, value) in [
      ("queue_bytes", "Bytes of input that arrive or wait to be committed.", store.queuedBytes),
      (
        "queue_bytes_max", "Bytes of input from which on more is refused.",
        store.options.queuedBytesMax
      ),
      (
        "replay_records", "Records after the last checkpoint, which opening would fold again.",
        Int(statistics.lastSequence.value) - Int(statistics.checkpointSequence.value)
      ),
      ("records", "Records of the log.", Int(statistics.lastSequence.value)),
      ("profiles", "Persons and accounts, with those that were merged.", statistics.profileCount),
      ("identifiers", "Identifiers of all profiles.", statistics.identifierCount),
      ("connections", "Open connections.", connections.value),
      (
        "store_failed", "1 if nothing can be written until the store is opened again.",
        statistics.failure == nil ? 0 : 1
      ),
    ] {
      out.add("cairn_" + name, "gauge", help, Double(value))
    }
    addRequests(to: &out)
    addWebhooks(to: &out)
    if let count = identity.present() { out.add(count, at: store.now) }
    return out.text
  }

  private func addEvents(_ statistics: LiveStatistics, to out: inout PrometheusText) {
    out.begin(
      "cairn_events_total", "counter", "Events by source, by what became of them, where and why.")
    let order = statistics.events.sorted {
      ($0.key.source, $0.key.verdict, $0.key.reason) < (
        $1.key.source, $1.key.verdict, $1.key.reason
      )
    }
    for (key, count) in order {
      let labels = [
        ("source", key.source), ("verdict", key.verdict), ("stage", key.stage),
        ("reason", key.reason),
      ]
      out.sample("cairn_events_total", labels, Double(count))
    }
  }

  private func addTime(_ statistics: LiveStatistics, to out: inout PrometheusText) {
    let now = store.now
    let lag = statistics.nextTimerDue.map { max(0, now.milliseconds - $0.milliseconds) } ?? 0
    out.add(
      "cairn_timer_lag_seconds", "gauge", "How long the next timer has been due; 0 if it is not.",
      Double(lag) / 1000)
    out.add(
      "cairn_clock_ahead_seconds", "gauge", "This machine's clock minus the logical now.",
      Double(now.milliseconds &- statistics.logicalNow.milliseconds) / 1000)
    out.add(
      "cairn_ticks_total", "counter", "Ticks recorded because a timer was due.",
      Double(statistics.ticks))
  }

  private func addRequests(to out: inout PrometheusText) {
    let counts = metrics.present
    out.begin("cairn_requests_total", "counter", "Requests by route and status.")
    for (key, count) in counts.requests.sorted(by: {
      ($0.key.route, $0.key.status) < ($1.key.route, $1.key.status)
    }) {
      out.sample(
        "cairn_requests_total", [("route", key.route), ("status", String(key.status))],
        Double(count))
    }
    out.begin(
      "cairn_connections_refused_total", "counter",
      "Connections that were refused, or ended because of a limit.")
    for (reason, count) in counts.refusals.sorted(by: { $0.key < $1.key }) {
      out.sample("cairn_connections_refused_total", [("reason", reason)], Double(count))
    }
  }
}
