// Manual decisions about persons over HTTP: splits, merges and erasures.

import Activation
import Cairn
import Engine
import HTTPTypes
import Hummingbird
import Storage

extension AdminRoutes {
  /// Adds the routes of decisions about persons.
  func addPersons(to router: Router<ServerContext>) {
    router.post("v1/identity/splits") { request, context in
      let names = try Self.identifiers(try await question(request, context))
      return try Response(
        answer: try await change { (store) throws(StoreError) in
          CorrectionAnswer(try store.split(names))
        })
    }
    router.post("v1/identity/merges") { request, context in
      let names = try Self.identifiers(try await question(request, context))
      return try Response(
        answer: try await change { (store) throws(StoreError) in
          CorrectionAnswer(try store.merge(names))
        })
    }
    router.post("v1/erasures") { request, context in
      let asked: PersonsQuestion = try await question(request, context)
      let names = try Self.identifiers(asked)
      return Response.working { report in
        try await change { (store) throws(StoreError) in
          try ErasureAnswer(names, alone: asked.alone ?? false, in: store) {
            report(WorkProgress($0))
          }
        }
      }
    }
  }

  private static func identifiers(
    _ asked: PersonsQuestion
  ) throws(ServerError) -> [Identifier] {
    var names: [Identifier] = []
    for text in asked.identifiers {
      guard let name = Identifier(text), !name.type.isEmpty else {
        throw ServerError(
          .badRequest, "invalid_identifier",
          "an identifier looks like user_id:42 or email:ada@example.com")
      }
      names.append(name)
    }
    guard !names.isEmpty else {
      throw ServerError(
        .badRequest, "no_identifier", "the body names nobody; send 'identifiers'")
    }
    return names
  }
}
