// How large an audience would be, without defining it.

import Bytes
import Cairn
import Engine
import Hummingbird
import Storage
import Synchronization

/// `POST /v1/audiences/preview`: the body is a rule.
final class PreviewRoute: Sendable {
  private let store: LiveStore
  private let limits: RequestLimits
  /// How many previews are being worked out.
  private let running = Atomic(0)

  /// The longest rule in bytes.
  static let ruleBytesMax = 64 << 10
  /// The most previews at a time: each reads the whole log.
  private static let runningMax = 2

  init(store: LiveStore, limits: RequestLimits) {
    self.store = store
    self.limits = limits
  }

  /// Adds the route.
  func add(to router: Router<ServerContext>) {
    router.post("v1/audiences/preview") { try await self.answer($0, $1) }
  }

  private func answer(_ request: Request, _ context: ServerContext) async throws -> Response {
    let question = try await Question(request, context, of: store, taking: ["accounts", "sample"])
    let isAccount = try question.parameters.flag("accounts")
    let sample = try question.parameters.number("sample", default: 10, in: 0...1_000)
    let body = try await BodyReader(limits: limits).read(request, into: store.makeRoom())
    guard body.count <= Self.ruleBytesMax else {
      throw ServerError(
        .contentTooLarge, "rule_too_long",
        "the rule is longer than \(Self.ruleBytesMax) bytes; shorten it")
    }
    guard let rule = String(validating: body, as: UTF8.self), !rule.allSatisfy(\.isWhitespace)
    else {
      throw ServerError(
        .badRequest, "invalid_rule", "the body must be a rule in UTF-8, as in: orders >= 2")
    }
    defer { running.subtract(1, ordering: .relaxed) }
    guard running.add(1, ordering: .relaxed).newValue <= Self.runningMax else {
      throw ServerError(
        .tooManyRequests, "too_many_previews",
        "\(Self.runningMax) previews are being worked out already; send this one again later",
        retryAfterSeconds: 5)
    }
    let preview = try await Question.reading(question.snapshot, for: context) { snapshot in
      do throws(ApplyError) {
        return try snapshot.preview(
          rule, isAccount: isAccount, sampleMax: sample, at: question.instant)
      } catch {
        throw Self.failure(error)
      }
    }
    var json = JSONBuilder()
    preview.write(to: &json, isAccount: isAccount)
    var response = Response(json)
    // Watching for a client that goes away has used up what follows on the connection.
    response.headers[.connection] = "close"
    return response
  }

  /// What a refusal is over HTTP: a wrong rule with its place.
  private static func failure(_ error: ApplyError) -> any Error {
    switch error {
    case .store(let error): return error
    case .definition(let wrong): return ServerError(invalidRule: wrong)
    case .backfill(let refusal):
      return ServerError(.conflict, "backfill", refusal.explanation)
    }
  }
}

extension ServerError {
  /// The error for a rule that is wrong by itself, with its place.
  init(invalidRule wrong: DefinitionError) {
    self.init(
      .badRequest, "invalid_rule",
      "line \(wrong.line), column \(wrong.column): \(wrong.message)")
    details = [("line", String(wrong.line)), ("column", String(wrong.column))]
  }
}
