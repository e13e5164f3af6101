// What the owner of a store asks its server to do: on the Unix socket only, for the owner and root only.

import Cairn
import Engine
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import Storage

/// The routes of administration, and what they share.
struct AdminRoutes: Sendable {
  let store: LiveStore
  let limits: RequestLimits
  /// The version of the program.
  let version: String
  /// Reads commands that are to be run here; nil if none are.
  let commands: CommandReader?

  /// Adds the routes.
  func add(to router: Router<ServerContext>) {
    addAccess(to: router)
    addDefinitions(to: router)
    addPersons(to: router)
    addDestinations(to: router)
    addConsent(to: router)
    addIngest(to: router)
    addCommands(to: router)
  }

  /// Reads what a request asks for.
  ///
  /// - Throws: 403 for anybody but the owner, before the body is read; 400 for a body that is not of the form.
  func question<Question: Decodable>(
    _ request: Request, _ context: ServerContext, _ type: Question.Type = Question.self
  ) async throws -> Question {
    try store.requireOwner(context.peer)
    let body = try await BodyReader(limits: limits).read(request, into: store.makeRoom())
    do { return try AdminForm.decode(body) } catch {
      throw ServerError(
        .badRequest, "invalid_request",
        "the body \(Self.reason(error)); see docs/api.md for what this address takes")
    }
  }

  /// Runs `body` on the thread that writes; the owner learns the file that an error is about.
  func change<R: Sendable>(
    _ body: @escaping @Sendable (Store) throws(StoreError) -> R
  ) async throws(ServerError) -> R {
    do throws(LiveError) { return try await store.withStore(body) } catch {
      throw ServerError(forOwner: error)
    }
  }

  /// What is wrong with a body, without what it holds.
  private static func reason(_ error: any Error) -> String {
    switch error {
    case DecodingError.keyNotFound(let key, _): "lacks the member '\(key.stringValue)'"
    case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context):
      "has a value of another kind at '\(path(context))'"
    case DecodingError.dataCorrupted(let context) where !context.codingPath.isEmpty:
      "has a value that cannot be read at '\(path(context))'"
    default: "is not the JSON that is expected"
    }
  }

  private static func path(_ context: DecodingError.Context) -> String {
    context.codingPath.map(\.stringValue).joined(separator: ".")
  }
}

extension Response {
  /// An answer of administration.
  init(answer: some Encodable) throws {
    var json = JSONBuilder()
    json.literal(String(decoding: try AdminForm.encode(answer), as: UTF8.self))
    self.init(json)
  }
}

extension ServerError {
  /// What a live store's error is for its owner, who may know the file.
  init(forOwner error: LiveError) {
    self.init(error)
    if case .store(let error) = error { message = error.description }
  }
}
