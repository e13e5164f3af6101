// Whether the server works, for monitors and for people who try it.

import Cairn
import Engine
import HTTPTypes
import Hummingbird
import Storage

/// `/health`, `/ready`, `/version` and the root.
struct HealthRoutes: Sendable {
  let store: LiveStore
  let version: String

  /// Adds the routes.
  func add(to router: Router<ServerContext>) {
    for path in ["", "health"] {
      router.get(RouterPath(path)) { _, _ in Self.ok }
      router.head(RouterPath(path)) { _, _ in Self.ok }
    }
    router.get("ready") { _, _ in
      // Answers when the thread that writes has time.
      do throws(LiveError) {
        try await store.withStore { (store) throws(StoreError) in
          if let failure = store.failure { throw failure }
        }
      } catch {
        throw ServerError(error)
      }
      return Self.ok
    }
    router.get("version") { _, _ in
      var json = JSONBuilder()
      json.beginObject()
      json.key("version")
      json.value(version)
      json.endObject()
      return Response(json)
    }
  }

  private static var ok: Response {
    var json = JSONBuilder()
    json.beginObject()
    json.key("success")
    json.value(true)
    json.endObject()
    return Response(json)
  }
}
