// Answers about consent over HTTP.

import Bytes
import Cairn
import Engine
import Hummingbird
import Storage

/// What a person answers.
package struct ConsentQuestion: Codable, Sendable {
  /// `type:value`.
  package var identifier: String
  /// By category: whether the answer is a consent.
  package var answers: [String: Bool]
  /// When they were given; now if it does not say.
  package var time: String?
  /// The name of the source; `consent` if it does not say.
  package var source: String?

  package init(_ change: ConsentChange) {
    identifier = "\(change.identifier.type):\(change.identifier.value)"
    answers = Dictionary(
      change.answers.map { ($0.category, $0.isConsent) }, uniquingKeysWith: { $1 })
    time = change.time?.description
    source = change.source
  }
}

/// Where a person's answers were recorded.
package struct ConsentRecorded: Codable, Sendable {
  package var record: UInt64
  /// Categories that are not defined.
  package var undefined: [String]
  /// What was probably meant by them, in the same order; empty for nothing.
  package var near: [String]

  package init(_ outcome: ConsentOutcome) {
    record = outcome.sequence.value
    undefined = outcome.undefined.map(\.category)
    near = outcome.undefined.map { $0.near ?? "" }
  }
}

extension AdminRoutes {
  /// Adds the route of answers about consent.
  func addConsent(to router: Router<ServerContext>) {
    router.post("v1/consent") { request, context in
      let asked: ConsentQuestion = try await question(request, context)
      guard let identifier = Identifier(asked.identifier), !identifier.type.isEmpty,
        !asked.answers.isEmpty, asked.source != "",
        asked.time == nil || asked.time.flatMap({ Timestamp($0) }) != nil
      else {
        throw ServerError(
          .badRequest, "invalid_consent",
          "the body has an identifier such as user_id:42, answers by category, and optionally a time"
        )
      }
      let change = ConsentChange(
        identifier: identifier,
        answers: asked.answers.sorted { $0.key < $1.key }.map {
          .init(category: $0.key, isConsent: $0.value)
        }, time: asked.time.flatMap { Timestamp($0) },
        source: asked.source ?? ConsentChange.defaultSource)
      return try Response(
        answer: try await self.change { (store) throws(StoreError) in
          ConsentRecorded(try store.setConsent(change))
        })
    }
  }
}
