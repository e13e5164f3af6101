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
    router.post("v1/deliveries/retry") { request, context in
      try await settle(.retry, request, context)
    }
    router.post("v1/deliveries/skip") { request, context in
      try await settle(.skip, request, context)
    }
    router.post("v1/deliveries/replay") { request, context in
      let asked: ReplayQuestion = try await question(request, context)
      guard let after = FeedCursor(asked.after) else {
        throw ServerError(.badRequest, "invalid_cursor", "after is a cursor such as 12.3 or 12")
      }
      return try Response(
        answer: try await change { (store) throws(StoreError) in
          try store.replay(to: asked.destination, after: after)
          return DestinationName(destination: asked.destination)
        })
    }
  }

  /// Does what is ordered about dead letters.
  private func settle(
    _ action: Store.DeadLetterAction, _ request: Request, _ context: ServerContext
  ) async throws -> Response {
    let asked: OrderQuestion = try await question(request, context)
    guard let filter = asked.filter else {
      throw ServerError(
        .badRequest, "invalid_filter",
        "a filter has a destination, a status of HTTP or its word, and changes of that destination")
    }
    return try Response(
      answer: try await change { (store) throws(StoreError) in
        OrderAnswer(changes: try store.settleDeadLetters(filter, action))
      })
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
