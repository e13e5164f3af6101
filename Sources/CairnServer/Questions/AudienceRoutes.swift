// Audiences: which there are, how many members they have, and who these are.

import Bytes
import Cairn
import Engine
import HTTPTypes
import Hummingbird
import NIOCore
import Profiles
import Storage

/// `/v1/audiences` and what is under it, but for changes and previews.
struct AudienceRoutes: Sendable {
  let store: LiveStore

  /// The members that are read and written at once.
  private static let membersAtOnce = 512

  /// Adds the routes.
  func add(to router: Router<ServerContext>) {
    router.get("v1/audiences") { request, context in
      let question = try await Question(request, context, of: store)
      return Response(try await Question.reading { try Self.list(question) })
    }
    router.get("v1/audiences/:name") { request, context in
      let question = try await Question(request, context, of: store)
      let name = try Self.name(context)
      return Response(
        try await Question.reading {
          var json = JSONBuilder()
          try question.snapshot.audience(name, at: question.instant)
            .write(to: &json, withRule: true)
          return json
        })
    }
    router.get("v1/audiences/:name/members") { try await members($0, $1) }
  }

  /// The audience's name in the address.
  static func name(_ context: ServerContext) throws(ServerError) -> String {
    guard let name = PercentText.decode(context.parameters.get("name") ?? "") else {
      throw ServerError(
        .badRequest, "invalid_name",
        "the name in the address is not percent-encoded UTF-8; encode it")
    }
    return name
  }

  private static func list(_ question: Question) throws(StoreError) -> JSONBuilder {
    var json = JSONBuilder()
    json.beginObject()
    json.member("as_of", question.instant)
    try json.member("audiences", arrayOf: question.snapshot.audienceNames) {
      (json, name) throws(StoreError) in
      try question.snapshot.audience(name, at: question.instant).write(to: &json, withRule: true)
    }
    json.endObject()
    return json
  }

  /// A line for each member, all of one snapshot, written as fast as the client reads them.
  private func members(_ request: Request, _ context: ServerContext) async throws -> Response {
    let question = try await Question(request, context, of: store, taking: ["after", "limit"])
    let name = try Self.name(context)
    let limit = try question.parameters.number("limit", default: .max, in: 1...Int.max)
    let after = try question.parameters["after"].map { text throws(ServerError) in
      guard let id = ProfileID(hex: text) else {
        throw QueryParameters.invalid("after", "takes the 'profile_id' of the last member read")
      }
      return id
    }
    let list = try await Question.reading {
      try question.snapshot.memberList(of: name, after: after, at: question.instant)
    }
    let body = ResponseBody { writer in
      var (list, rest) = (list, limit)
      while rest > 0 {
        // An erasure waits for the end of this list. It would show who is erased, and that it is cut off shows.
        guard !list.snapshot.isAwaited else { throw CancellationError() }
        let part = list
        let count = min(rest, Self.membersAtOnce)
        let (lines, next) = try await Question.reading { try Self.lines(of: part, max: count) }
        guard let lines else { break }
        try await writer.write(lines)
        list = next
        rest -= count
      }
      try await writer.finish(nil)
    }
    return Response(
      status: .ok,
      headers: [
        .contentType: "application/x-ndjson", .cairnAsOf: list.asOf.description,
        .cairnSequence: String(list.snapshot.lastSequence.value),
      ], body: body)
  }

  /// The next members of a list as lines, and the list after them; no lines at its end.
  private static func lines(
    of list: MemberList, max count: Int
  ) throws(StoreError) -> (lines: ByteBuffer?, list: MemberList) {
    var list = list
    let members = try list.next(max: count)
    guard !members.isEmpty else { return (nil, list) }
    var buffer = ByteBuffer()
    var json = JSONBuilder()
    for member in members {
      json.removeAll()
      member.write(to: &json)
      buffer.writeBytes(json.bytes)
      buffer.writeInteger(UInt8(ascii: "\n"))
    }
    return (buffer, list)
  }
}

extension HTTPField.Name {
  /// The instant that an answer is for.
  static let cairnAsOf = Self("X-Cairn-As-Of") ?? .date
  /// The last record that an answer has, which is where the feed of changes continues.
  static let cairnSequence = Self("X-Cairn-Sequence") ?? .eTag
}
