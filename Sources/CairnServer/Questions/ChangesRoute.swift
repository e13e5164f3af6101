// Who enters and leaves an audience: a page at a time, as it happens by long polling, or as server-sent events.

import Activation
import Bytes
import Cairn
import Engine
import HTTPTypes
import Hummingbird
import NIOCore
import ServiceLifecycle
import Storage

/// `GET /v1/audiences/{name}/changes?after=CURSOR`.
struct ChangesRoute: Sendable {
  let store: LiveStore

  /// How long a long poll may take, in seconds.
  static let waitMax = 60
  /// After how long without a change a stream says that it is alive, so that a client that has gone is noticed.
  static let silenceMax = Duration.seconds(15)

  /// Adds the route.
  func add(to router: Router<ServerContext>) {
    router.get("v1/audiences/:name/changes") { request, context in
      let isStream = request.headers[.accept]?.contains("text/event-stream") ?? false
      // Refused before an answer has begun.
      let (feed, first, wait) = try await begin(request, context, isStream: isStream)
      if isStream { return stream(feed, first) }
      guard first.isEmpty, wait > 0 else { return Response(first.json) }
      var response = Response(try await poll(feed, first, .seconds(wait), context).json)
      // Watching for a client that goes away has used up what follows on the connection.
      response.headers[.connection] = "close"
      return response
    }
  }

  /// What is asked for, and its first page; its snapshot is not kept while something is waited for.
  private func begin(
    _ request: Request, _ context: ServerContext, isStream: Bool
  ) async throws -> (feed: AudienceFeed, first: AudienceFeed.Page, wait: Int) {
    let question = try await Question(
      request, context, of: store, taking: ["after", "limit", "wait"])
    let name = try AudienceRoutes.name(context)
    let feed = AudienceFeed(
      name: name, limit: try question.parameters.number("limit", default: 1_000, in: 1...10_000))
    let cursor = try Self.cursor(question, isStream ? request.headers[.lastEventID] : nil)
    let wait = try question.parameters.number("wait", default: 0, in: 0...Self.waitMax)
    return (feed, try await feed.page(after: cursor, of: question.snapshot), wait)
  }

  /// Where to begin: what the browser saw last, or `after`.
  private static func cursor(
    _ question: Question, _ lastEvent: String?
  ) throws(ServerError) -> FeedCursor {
    guard let text = lastEvent ?? question.parameters["after"] else {
      throw QueryParameters.invalid(
        "after", "is needed: 0 is the beginning, now the end, else the last 'next'")
    }
    if text == "now" { return FeedCursor(sequence: question.snapshot.lastSequence) }
    guard let cursor = FeedCursor(text) else {
      throw QueryParameters.invalid("after", "takes a cursor like 12.3 or 12, or now")
    }
    return cursor
  }

  // MARK: Waiting

  /// Waits for a change, until the time is over, the client goes away or the server ends.
  private func poll(
    _ feed: AudienceFeed, _ first: AudienceFeed.Page, _ limit: Duration, _ context: ServerContext
  ) async throws -> AudienceFeed.Page {
    let end = ContinuousClock.now + limit
    return try await context.whileConnected {
      var page = first
      while page.isEmpty {
        let rest = end - ContinuousClock.now
        guard rest > .zero, await store.isChanged(after: page.last, within: rest) else { break }
        page = try await feed.page(after: page.next, of: store.snapshot())
      }
      return page
    }
  }

  /// Changes as they come, each as one event whose id is its cursor.
  private func stream(_ feed: AudienceFeed, _ first: AudienceFeed.Page) -> Response {
    let body = ResponseBody { writer in
      // A comment at once, so that the client knows that it is connected.
      var page = first
      var text = ByteBuffer(string: ": after \(first.start)\n\n")
      while true {
        text.writeImmutableBuffer(page.events)
        try await writer.write(text)
        text.clear()
        while page.isEmpty {
          if await store.isChanged(after: page.last, within: Self.silenceMax) { break }
          guard !Task.isShuttingDownGracefully, !Task.isCancelled else {
            return try await writer.finish(nil)
          }
          try await writer.write(ByteBuffer(string: ": waiting\n\n"))
        }
        page = try await feed.page(after: page.next, of: store.snapshot())
      }
    }
    return Response(
      status: .ok, headers: [.contentType: "text/event-stream", .cacheControl: "no-store"],
      body: body)
  }
}

extension LiveStore {
  /// Waits for a commit after a record; false at the end of the time and when the server ends.
  func isChanged(after sequence: SequenceNumber, within limit: Duration) async -> Bool {
    await cancelWhenGracefulShutdown { await self.changed(after: sequence, within: limit) }
  }
}

extension HTTPField.Name {
  /// The id of the last event that a client of server-sent events has seen.
  static let lastEventID = Self("Last-Event-ID") ?? .from
}
