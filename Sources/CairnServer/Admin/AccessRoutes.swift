// Sources and keys over HTTP.

import Cairn
import Engine
import HTTPTypes
import Hummingbird
import Storage

extension AdminRoutes {
  /// Adds the routes of sources and keys.
  func addAccess(to router: Router<ServerContext>) {
    router.get("v1/sources") { _, context in
      try store.requireOwner(context.peer)
      return try Response(answer: try await change { (store) throws(StoreError) in store.keyList })
    }
    router.post("v1/sources") { request, context in
      let asked: KeyQuestion = try await question(request, context)
      let name = try Self.sourceName(asked.source)
      return try Response(
        answer: try await change { (store) throws(StoreError) in
          MadeKey(text: try store.addSource(name), source: name)
        })
    }
    router.post("v1/keys") { request, context in
      let asked: KeyQuestion = try await question(request, context)
      let source = try asked.source.map { try Self.sourceName($0) }
      return try Response(
        answer: try await change { (store) throws(StoreError) in
          guard let source else { return MadeKey(text: try store.makeReadKey()) }
          return MadeKey(text: try store.rotateKey(ofSource: source), source: source)
        })
    }
    router.delete("v1/keys/:name") { _, context in
      try store.requireOwner(context.peer)
      let name = context.parameters.get("name") ?? ""
      return try Response(
        answer: try await change { (store) throws(StoreError) in
          try store.revokeKey(name)
          return RevokedKey(revoked: name)
        })
    }
  }

  private static func sourceName(_ name: String?) throws(ServerError) -> String {
    guard let name, !name.isEmpty else {
      throw ServerError(
        .badRequest, "no_source", "the body names no source; send its name as 'source'")
    }
    return name
  }
}
