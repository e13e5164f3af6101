// Destinations over HTTP.

import Activation
import Cairn
import Engine
import HTTPTypes
import Hummingbird
import Storage

extension AdminRoutes {
  /// Adds the routes of destinations.
  func addDestinations(to router: Router<ServerContext>) {
    router.post("v1/destinations") { request, context in
      let asked: DestinationQuestion = try await question(request, context)
      guard let destination = asked.destination, let after = FeedCursor(asked.after) else {
        throw ServerError(
          .badRequest, "invalid_destination",
          "a destination has a name, audiences, an absolute path or a webhook with one secret, the form "
            + "track or identify, and a cursor")
      }
      if let problem = destination.webhook?.problem {
        throw ServerError(.badRequest, "invalid_destination", problem)
      }
      return try Response(
        answer: try await change { (store) throws(StoreError) in
          try store.addDestination(destination, after: after)
          return DestinationName(destination: asked.name)
        })
    }
    router.delete("v1/destinations/:name") { _, context in
      try store.requireOwner(context.peer)
      let name = context.parameters.get("name") ?? ""
      return try Response(
        answer: try await change { (store) throws(StoreError) in
          try store.removeDestination(name)
          return DestinationName(destination: name)
        })
    }
    router.post("v1/deliveries") { request, context in
      let asked: DeliveryQuestion = try await question(request, context)
      return try Response(answer: try await deliver(to: asked.destination))
    }
  }

  /// Delivers what waits: to files at once, to webhooks by what serves them.
  private func deliver(to name: String?) async throws -> [DeliveryAnswer] {
    let states = try await store.snapshot().destinations
    let isWebhook = states.contains { $0.destination.name == name && $0.destination.webhook != nil }
    var outcomes: [DeliveryOutcome] = []
    if !isWebhook {
      outcomes = try await change { (store) throws(StoreError) in
        try store.deliver(to: name.map { [$0] } ?? store.fileDestinationNames)
      }
    }
    if name == nil || isWebhook, let webhooks {
      outcomes += await webhooks.deliver(to: name)
    }
    return outcomes.map { DeliveryAnswer($0) }
  }
}
