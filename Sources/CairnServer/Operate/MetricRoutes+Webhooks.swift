// What `/metrics` says of webhooks, by the names of their destinations.

import Activation
import Bytes
import Cairn
import Engine

extension MetricRoutes {
  /// Adds what is counted of each webhook.
  func addWebhooks(to out: inout PrometheusText) {
    guard let statuses = webhooks?.statuses, !statuses.isEmpty else { return }
    func add(
      _ name: String, _ type: String, _ help: String, _ value: (DeliveryStatus) -> Double?
    ) {
      out.begin("cairn_webhook_" + name, type, help)
      for status in statuses {
        guard let value = value(status) else { continue }
        out.sample("cairn_webhook_" + name, [("destination", status.destination.name)], value)
      }
    }
    add("pending", "gauge", "Changes that were read and have not arrived; more may wait unread.") {
      Double($0.pending)
    }
    add("delivered_total", "counter", "Messages that receivers have taken.") {
      Double($0.counts.messages)
    }
    add("requests_total", "counter", "Requests that were answered or failed.") {
      Double($0.counts.requests)
    }
    add("failed_requests_total", "counter", "Requests that failed, each attempt counted.") {
      Double($0.counts.failures)
    }
    add("dead_letters", "gauge", "Changes that were given up and are kept.") { Double($0.dead) }
    add(
      "last_success_age_seconds", "gauge", "How long ago a receiver last took something."
    ) { status in
      guard status.deliveredAt > .earliest else { return nil }
      return Double(max(0, store.now.milliseconds - status.deliveredAt.milliseconds)) / 1000
    }
  }
}
