// Each event as it is committed, with what became of it: lines of JSON, or server-sent events.

import Bytes
import Cairn
import Engine
import HTTPTypes
import Hummingbird
import NIOCore
import ServiceLifecycle
import Storage

/// `GET /v1/events/tail?after=SEQUENCE&where=RULE`.
struct TailRoute: Sendable {
  let store: LiveStore

  /// How much is written at once, in bytes, apart from the last entry.
  private static let partBytesMax = 256 << 10

  /// Adds the route.
  func add(to router: Router<ServerContext>) {
    router.get("v1/events/tail") { request, context in
      let question = try await Question(
        request, context, of: store, taking: ["after", "name", "source", "where"],
        repeating: ["name", "source"])
      let isEvents = request.headers[.accept]?.contains("text/event-stream") ?? false
      let lastEvent = isEvents ? request.headers[.lastEventID] : nil
      let tail = EventTail(
        after: try Self.start(question, lastEvent), sources: question.parameters.all("source"),
        names: question.parameters.all("name"), filter: try filter(question.parameters["where"]))
      return stream(tail, isEvents ? .events : .lines)
    }
  }

  /// What the events are to satisfy.
  private func filter(_ rule: String?) throws(ServerError) -> EventFilter? {
    guard let rule else { return nil }
    do throws(DefinitionError) { return try store.eventFilter(rule) } catch {
      throw ServerError(invalidRule: error)
    }
  }

  /// Where to begin: after what the browser saw last, or `after`, or now.
  private static func start(
    _ question: Question, _ lastEvent: String?
  ) throws(ServerError) -> SequenceNumber {
    let last = question.snapshot.lastSequence
    guard let text = lastEvent ?? question.parameters["after"], text != "now" else { return last }
    guard let value = UInt64(text) else {
      throw QueryParameters.invalid("after", "takes the number of a record, or now")
    }
    guard value <= last.value else {
      throw ServerError(
        .conflict, "out_of_order",
        "record \(value) is beyond the last one, \(last.value); it belongs to another store, or to a "
          + "later state of this one")
    }
    return SequenceNumber(value)
  }

  /// How entries are written.
  private enum Form {
    case lines, events

    /// What says that the stream is alive.
    var heartbeat: ByteBuffer { ByteBuffer(string: self == .lines ? "\n" : ": waiting\n\n") }

    func write(_ entry: TailEntry, _ json: [UInt8], to buffer: inout ByteBuffer) {
      if self == .events {
        buffer.writeString("id: \(entry.sequence.value)\nevent: \(entry.verdict.name)\ndata: ")
      }
      buffer.writeBytes(json)
      buffer.writeString(self == .events ? "\n\n" : "\n")
    }
  }

  /// Entries as they come, until the client goes away or the server ends.
  ///
  /// Nothing is kept for a client: one that reads slowly is only further back in the log.
  private func stream(_ tail: EventTail, _ form: Form) -> Response {
    let body = ResponseBody { writer in
      var tail = tail
      // At once, so that the client knows that it is connected.
      try await writer.write(form.heartbeat)
      var written = ContinuousClock.now
      while !Task.isShuttingDownGracefully, !Task.isCancelled {
        let part: ByteBuffer
        let last: SequenceNumber
        (part, tail, last) = try await next(after: tail, form)
        let silence = ContinuousClock.now - written
        if part.readableBytes > 0 || silence >= ChangesRoute.silenceMax {
          try await writer.write(part.readableBytes > 0 ? part : form.heartbeat)
          written = ContinuousClock.now
        }
        guard tail.after >= last else { continue }
        let rest = ChangesRoute.silenceMax - (ContinuousClock.now - written)
        _ = await store.isChanged(after: last, within: max(rest, .zero))
      }
      try await writer.finish(nil)
    }
    let type = form == .lines ? "application/x-ndjson" : "text/event-stream"
    return Response(
      status: .ok, headers: [.contentType: type, .cacheControl: "no-store"], body: body)
  }

  /// The next entries, the place after them, and the last record there was; the snapshot is not kept.
  private func next(
    after start: EventTail, _ form: Form
  ) async throws -> (part: ByteBuffer, tail: EventTail, last: SequenceNumber) {
    let snapshot = try await store.snapshot()
    let (part, tail) = try await Question.reading { try Self.part(after: start, snapshot, form) }
    return (part, tail, snapshot.lastSequence)
  }

  /// The next entries, and the place after them.
  private static func part(
    after start: EventTail, _ snapshot: Snapshot, _ form: Form
  ) throws(StoreError) -> (ByteBuffer, EventTail) {
    var tail = start
    var buffer = ByteBuffer()
    var json = JSONBuilder()
    try tail.visit(snapshot) { (entry) throws(StoreError) in
      json.removeAll()
      entry.write(to: &json)
      form.write(entry, json.bytes, to: &buffer)
      return buffer.readableBytes < partBytesMax
    }
    return (buffer, tail)
  }
}
