// One person or account: its page, and each part of it by itself.

import Bytes
import Cairn
import Engine
import Hummingbird
import Profiles

/// `/v1/profiles/{type:value}` and `/v1/accounts/{group id}`.
struct ProfileRoutes: Sendable {
  let store: LiveStore

  private typealias Write = @Sendable (Question, ProfileOrdinal, inout JSONBuilder) throws -> Void

  /// Adds the routes.
  func add(to router: Router<ServerContext>) {
    for face in ProfileFace.allCases {
      router.get("v1/\(face.rawValue)/:id/traits") { try await traits($0, $1, face) }
      let companions = face == .profiles ? "accounts" : "members"
      add("", to: router, face, taking: ["events", companions], Self.page)
      add(
        "/events", to: router, face, taking: ["after", "from", "to", "name", "limit"], Self.events)
      add("/identifiers", to: router, face, taking: [], Self.identifiers)
      add("/audiences", to: router, face, taking: [], Self.audiences)
      add("/\(companions)", to: router, face, taking: ["limit"], Self.companions)
      add(
        "/explain", to: router, face, taking: ["audience", "trait", "with", "events"], Self.explain)
    }
  }

  /// Adds a route whose answer reads more than a few rows.
  private func add(
    _ part: String, to router: Router<ServerContext>, _ face: ProfileFace, taking known: [String],
    _ write: @escaping Write
  ) {
    router.get("v1/\(face.rawValue)/:id\(part)") { request, context in
      let question = try await Question(
        request, context, of: store, taking: known, repeating: ["name"])
      let name = context.parameters.get("id") ?? ""
      let json = try await Question.reading {
        let profile = try face.profile(name, in: question.snapshot)
        var json = JSONBuilder()
        try write(question, profile, &json)
        return json
      }
      return Response(json)
    }
  }

  /// The route that is asked most often: answered where the request came in, from the cells of one profile.
  private func traits(
    _ request: Request, _ context: ServerContext, _ face: ProfileFace
  ) async throws -> Response {
    let question = try await Question(request, context, of: store, taking: ["known"])
    let name = context.parameters.get("id") ?? ""
    guard try !question.parameters.flag("known") else {
      return Response(
        try await Question.reading {
          try Self.knownTraits(question, try face.profile(name, in: question.snapshot))
        })
    }
    let profile = try face.profile(name, in: question.snapshot)
    var json = JSONBuilder()
    try question.snapshot.traits(of: profile, at: question.instant).write(to: &json)
    return Response(json)
  }

  /// With the traits that were sent, for which the profile's events are read.
  private static func knownTraits(
    _ question: Question, _ profile: ProfileOrdinal
  ) throws -> JSONBuilder {
    let known = try question.snapshot.knownTraits(of: profile)
    var json = JSONBuilder()
    json.beginObject()
    try question.snapshot.traits(of: profile, at: question.instant).writeMembers(to: &json)
    json.knownTraits(known.traits)
    json.member("is_partial", known.isPartial)
    json.endObject()
    return json
  }

  // MARK: Parts

  private static func page(
    _ question: Question, _ profile: ProfileOrdinal, to json: inout JSONBuilder
  ) throws {
    let parameters = question.parameters
    let events = try parameters.number("events", default: 0, in: 0...10_000)
    let companions = parameters["members"] == nil ? "accounts" : "members"
    let page = try question.snapshot.page(
      of: profile, at: question.instant, eventsMax: events,
      companionsMax: try parameters.number(companions, default: 20, in: 0...10_000))
    try page.write(to: &json)
  }

  private static func events(
    _ question: Question, _ profile: ProfileOrdinal, to json: inout JSONBuilder
  ) throws {
    let parameters = question.parameters
    var query = EventQuery(limit: try parameters.number("limit", default: 100, in: 1...1_000))
    query.from = try parameters.instant("from")
    query.to = try parameters.instant("to")
    query.names = parameters.all("name")
    if let text = parameters["after"] {
      guard let cursor = EventCursor(text) else {
        throw QueryParameters.invalid("after", "takes the 'next' of the page before")
      }
      query.after = cursor
    }
    let page = try question.snapshot.events(of: profile, query)
    json.beginObject()
    json.profile(try question.snapshot.id(of: profile), asOf: question.instant)
    try page.writeMembers(to: &json)
    json.endObject()
  }

  private static func identifiers(
    _ question: Question, _ profile: ProfileOrdinal, to json: inout JSONBuilder
  ) throws {
    let report = try question.snapshot.report(profile, at: question.instant)
    json.beginObject()
    json.profile(report.id, asOf: report.asOf)
    json.identifiers(report.identifiers)
    json.links(report.links)
    json.endObject()
  }

  private static func audiences(
    _ question: Question, _ profile: ProfileOrdinal, to json: inout JSONBuilder
  ) throws {
    let entries = try question.snapshot.audiences(of: profile, at: question.instant)
    json.beginObject()
    json.profile(try question.snapshot.id(of: profile), asOf: question.instant)
    json.audiences(entries)
    json.endObject()
  }

  private static func companions(
    _ question: Question, _ profile: ProfileOrdinal, to json: inout JSONBuilder
  ) throws {
    let limit = try question.parameters.number("limit", default: 100, in: 0...10_000)
    let isAccount = try question.snapshot.isAccount(profile)
    let (companions, count) = try question.snapshot.companions(of: profile, max: limit)
    json.beginObject()
    json.profile(try question.snapshot.id(of: profile), asOf: question.instant)
    json.member(isAccount ? "members" : "accounts_total", count)
    json.companions(companions, as: isAccount ? "latest_members" : "accounts")
    json.endObject()
  }

  /// Why the profile is in an audience or not, what a trait of it consists of, or why another identifier is of the
  /// same person or not.
  private static func explain(
    _ question: Question, _ profile: ProfileOrdinal, to json: inout JSONBuilder
  ) throws {
    let (parameters, snapshot) = (question.parameters, question.snapshot)
    let events = try parameters.number("events", default: 5, in: 0...100)
    switch (parameters["audience"], parameters["trait"], parameters["with"]) {
    case (let audience?, nil, nil):
      let found = try snapshot.explain(
        audience: audience, profile, at: question.instant, eventsMax: events)
      try found.write(snapshot.names(ofMembersIn: found.explanation), to: &json)
    case (nil, let trait?, nil):
      let found = try snapshot.explain(
        trait: trait, profile, at: question.instant, eventsMax: events)
      try found.write(
        found.explanation.map { try snapshot.names(ofMembersIn: $0) } ?? [:], to: &json)
    case (nil, nil, let other?):
      guard let own = try snapshot.firstIdentifier(of: profile) else {
        throw ServerError(.notFound, "not_found", "the profile has no identifier any more")
      }
      try snapshot.explain(own, ProfileFace.identifier(other)).write(to: &json)
    default:
      throw ServerError(
        .badRequest, "invalid_parameter",
        "say what to explain: audience=NAME, trait=NAME, or with=type:value for another identifier")
    }
  }
}
