// Collection: the routes of the official clients, and those of browsers.

import Cairn
import Engine
import Events
import HTTPTypes
import Hummingbird
import Storage

/// Takes in events over HTTP.
struct CollectRoutes: Sendable {
  let store: LiveStore
  let limits: RequestLimits

  /// The calls, by the last part of their address; browsers use the short ones.
  private static let calls: [(names: [String], type: EventType)] = [
    (["identify", "i"], .identify), (["track", "t"], .track), (["page", "p"], .page),
    (["screen", "s"], .screen), (["group", "g"], .group), (["alias", "a"], .alias),
  ]
  private static let batches = ["batch", "import", "b"]

  /// Adds the routes.
  func add(to router: Router<ServerContext>) {
    for (names, type) in Self.calls {
      for name in names {
        router.post("v1/\(name)") { request, context in
          try await collect(request, context, as: type)
        }
      }
    }
    for name in Self.batches {
      router.post("v1/\(name)") { request, context in
        try await collect(request, context, as: nil)
      }
    }
    router.get("v1/projects/:key/settings") { request, context in try settings(request, context) }
    // Where the library for Swift looks.
    router.get("projects/:key/settings") { request, context in try settings(request, context) }
  }

  /// Takes in a body.
  ///
  /// - Parameter type: What an event without a type is; nil where bodies are batches.
  private func collect(
    _ request: Request, _ context: ServerContext, as type: EventType?
  ) async throws -> Response {
    let key = PresentedKey(request.headers)
    let named = request.headers[.cairnSource]
    let wantsVerdicts = request.uri.queryParameters["verdicts"] == "1"
    if type == nil, LineStream.isDeclared(request.headers[.contentType]) {
      guard !wantsVerdicts else {
        throw ServerError(
          .badRequest, "no_verdicts_of_streams",
          "a stream of lines may be of any length, so it is answered with counts; send batches for "
            + "verdicts, or run 'cairn ingest --verdicts'")
      }
      let source = try await store.source(for: context.peer, key, named: named)
      let lines = LineStream(store: store, source: source, limits: limits)
      return CollectReply(try await lines.take(request), wantsVerdicts: false).response
    }
    let room = store.makeRoom(for: store.knownSource(for: context.peer, key, named: named))
    var body = try await BodyReader(limits: limits).read(request, into: room)
    guard !body.isEmpty else {
      throw ServerError(
        .badRequest, "empty_body", "the body is empty; send an event or a batch of events as JSON")
    }
    let envelope = type != nil || key == nil ? BodyEnvelope(body) : nil
    let source = try await store.source(
      for: context.peer, key ?? envelope?.writeKey.map { PresentedKey(text: $0) }, named: named)
    if let type, let envelope, !envelope.isBatch { body = envelope.event(of: type) }
    let outcome: LiveOutcome
    do throws(LiveError) {
      outcome = try await store.collect(
        body, from: source, wantsVerdicts: wantsVerdicts, in: room)
    } catch {
      throw ServerError(error)
    }
    return CollectReply(outcome, wantsVerdicts: wantsVerdicts).response
  }

  /// The settings that the libraries for browsers and mobile systems ask for before they send anything.
  private func settings(_ request: Request, _ context: ServerContext) throws -> Response {
    let key = context.parameters.get("key") ?? ""
    guard let known = store.accessKey(key), case .write = known.scope else {
      throw ServerError(
        .notFound, "unknown_write_key",
        "the write key is unknown or revoked; make one with 'cairn source add'")
    }
    var json = JSONBuilder()
    json.beginObject()
    json.key("integrations")
    json.beginObject()
    json.key("Segment.io")
    json.beginObject()
    json.key("apiKey")
    json.value(key)
    json.key("apiHost")
    json.value((request.head.authority ?? "localhost") + "/v1")
    json.key("versionSettings")
    json.literal(#"{"version":"4.4.7","componentTypes":["browser"]}"#)
    json.endObject()
    json.endObject()
    json.key("plan")
    json.literal(#"{"track":{"__default":{"enabled":true,"integrations":{}}}}"#)
    json.key("edgeFunction")
    json.literal("{}")
    json.key("middlewareSettings")
    json.literal("{}")
    json.endObject()
    return Response(json)
  }
}
