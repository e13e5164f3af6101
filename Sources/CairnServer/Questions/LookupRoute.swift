// Many profiles in one request.

import Bytes
import Cairn
import Engine
import Hummingbird
import Profiles
import Storage

/// `POST /v1/profiles/lookup`: `{"identifiers":["email:ada@example.com",…],"include":["traits","audiences"]}`.
struct LookupRoute: Sendable {
  let store: LiveStore
  let limits: RequestLimits

  /// The most identifiers of one request.
  static let identifiersMax = 1_000

  /// What can be asked for of each profile.
  private enum Part: String, CaseIterable, Sendable {
    case traits, audiences, identifiers
  }

  /// Adds the route.
  func add(to router: Router<ServerContext>) {
    router.post("v1/profiles/lookup") { request, context in
      let question = try await Question(request, context, of: store)
      let body = try await BodyReader(limits: limits).read(request)
      let (identifiers, parts) = try Self.read(body)
      return Response(
        try await Question.reading { try Self.answer(question, identifiers, parts) })
    }
  }

  private static func read(
    _ body: [UInt8]
  ) throws(ServerError) -> (identifiers: [Identifier], parts: [Part]) {
    guard let members = JSONMembers(body), let texts = members.texts("identifiers") else {
      throw ServerError(
        .badRequest, "invalid_body",
        #"the body must be a JSON object with a list of texts: {"identifiers":["user_id:42"]}"#)
    }
    guard texts.count <= identifiersMax else {
      throw ServerError(
        .contentTooLarge, "too_many_identifiers",
        "the body names more than \(identifiersMax) identifiers; send several requests")
    }
    var identifiers: [Identifier] = []
    for text in texts { identifiers.append(try ProfileFace.identifier(text)) }
    guard members.has("include") else { return (identifiers, [.traits]) }
    let parts = members.texts("include")?.map { Part(rawValue: $0) } ?? [nil]
    guard !parts.contains(nil) else {
      throw ServerError(
        .badRequest, "invalid_body",
        "'include' is a list of \(Part.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    return (identifiers, parts.compactMap(\.self))
  }

  private static func answer(
    _ question: Question, _ identifiers: [Identifier], _ parts: [Part]
  ) throws(StoreError) -> JSONBuilder {
    var json = JSONBuilder()
    json.beginObject()
    json.member("as_of", question.instant)
    json.key("profiles")
    json.beginArray()
    for identifier in identifiers {
      guard let profile = try question.snapshot.profile(of: identifier) else {
        json.null()
        continue
      }
      try write(parts, of: profile, question, to: &json)
    }
    json.endArray()
    json.endObject()
    return json
  }

  private static func write(
    _ parts: [Part], of profile: ProfileOrdinal, _ question: Question, to json: inout JSONBuilder
  ) throws(StoreError) {
    let (snapshot, instant) = (question.snapshot, question.instant)
    json.beginObject()
    json.member("profile_id", try snapshot.id(of: profile).description)
    for part in Part.allCases where parts.contains(part) {
      switch part {
      case .traits: json.traits(try snapshot.traits(of: profile, at: instant).entries)
      case .audiences: json.audiences(try snapshot.audiences(of: profile, at: instant))
      case .identifiers:
        json.identifiers(
          try snapshot.report(profile, at: instant, includesLinks: false).identifiers)
      }
    }
    json.endObject()
  }
}
