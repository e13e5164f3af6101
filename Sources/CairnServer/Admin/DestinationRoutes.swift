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
      guard asked.path.hasPrefix("/"), let form = MessageForm(name: asked.form),
        let after = FeedCursor(asked.after), !asked.name.isEmpty, !asked.audiences.isEmpty
      else {
        throw ServerError(
          .badRequest, "invalid_destination",
          "a destination has a name, audiences, an absolute path, the form track or identify, and a cursor"
        )
      }
      let destination = Destination(
        name: asked.name, path: asked.path, audiences: asked.audiences,
        suppressed: asked.suppressed, consents: asked.consents ?? [], form: form)
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
      return try Response(
        answer: try await change { (store) throws(StoreError) in
          try store.deliver(to: asked.destination.map { [$0] } ?? store.destinationNames).map {
            DeliveryAnswer($0)
          }
        })
    }
  }
}
