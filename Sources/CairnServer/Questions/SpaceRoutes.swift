// Profiles as programs that were written for Segment's Profile API ask for them.

import Bytes
import Cairn
import Engine
import HTTPTypes
import Hummingbird
import Profiles

/// `/v1/spaces/{space}/collections/{users|accounts}/profiles/{type:value}/{part}`.
///
/// A store is one space, so any name of a space is the store's. Parameters that are not known are ignored, as these
/// programs expect.
struct SpaceRoutes: Sendable {
  let store: LiveStore

  private static let limits = 10...200

  private enum Part: String, Sendable {
    case traits, events, metadata, links
    case externalIDs = "external_ids"
  }

  /// Adds the route.
  func add(to router: Router<ServerContext>) {
    router.get("v1/spaces/:space/collections/:collection/profiles/:id/:part") { request, context in
      let question = try await Question(request, context, of: store, taking: nil)
      let collection = context.parameters.get("collection") ?? ""
      guard let face = ["users": ProfileFace.profiles, "accounts": .accounts][collection],
        let part = Part(rawValue: context.parameters.get("part") ?? "")
      else { throw ServerError.noSuchRoute }
      let name = context.parameters.get("id") ?? ""
      let path = request.uri.path
      return Response(
        try await Question.reading {
          let profile = try face.profile(name, in: question.snapshot)
          guard try question.snapshot.isAccount(profile) == (face == .accounts) else {
            throw ServerError(
              .notFound, "not_found", "this profile is an account; ask in the collection accounts")
          }
          return try Self.json(
            part,
            SpaceAnswer(
              question: question, profile: profile, collection: collection, url: path,
              limit: try Self.limit(question.parameters)))
        })
    }
  }

  private static func json(_ part: Part, _ answer: SpaceAnswer) throws -> JSONBuilder {
    var json = JSONBuilder()
    json.beginObject()
    switch part {
    case .traits: try answer.traits(to: &json)
    case .externalIDs: try answer.externalIDs(to: &json)
    case .events: try answer.events(to: &json)
    case .metadata: try answer.metadata(to: &json)
    case .links: try answer.links(to: &json)
    }
    json.endObject()
    return json
  }

  /// How many elements a page has; a number beyond the limits is taken to the nearer one.
  private static func limit(_ parameters: QueryParameters) throws(ServerError) -> Int {
    guard let text = parameters["limit"] else { return limits.lowerBound }
    guard let number = Int(text) else {
      throw QueryParameters.invalid(
        "limit", "takes \(limits.lowerBound) to \(limits.upperBound)")
    }
    return min(max(number, limits.lowerBound), limits.upperBound)
  }
}
