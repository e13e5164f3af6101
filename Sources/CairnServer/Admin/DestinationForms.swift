// Questions and answers about destinations.

import Activation
import Bytes
import Engine
import Storage

/// A destination to add.
package struct DestinationQuestion: Codable, Sendable {
  package var name: String
  /// Absolute; of a file.
  package var path: String?
  /// Of a webhook.
  package var webhook: WebhookForm?
  package var audiences: [String]
  package var suppressed: [String]
  /// Consent categories; none if it does not say.
  package var consents: [String]?
  /// `track` or `identify`.
  package var form: String
  /// The cursor after which it begins.
  package var after: String

  package init(_ destination: Destination, after: FeedCursor) {
    name = destination.name
    path = destination.path
    webhook = destination.webhook.map { WebhookForm($0) }
    audiences = destination.audiences
    suppressed = destination.suppressed
    consents = destination.consents.isEmpty ? nil : destination.consents
    form = destination.form.name
    self.after = after.description
  }
}

extension DestinationQuestion {
  /// The destination that it asks for; nil if it cannot be one.
  var destination: Destination? {
    guard let form = MessageForm(name: form), !name.isEmpty, !audiences.isEmpty else { return nil }
    switch (path, webhook?.webhook) {
    case (let path?, nil) where path.hasPrefix("/") && webhook == nil:
      return Destination(
        name: name, path: path, audiences: audiences, suppressed: suppressed,
        consents: consents ?? [],
        form: form)
    case (nil, let webhook?):
      return Destination(
        name: name, webhook: webhook, audiences: audiences, suppressed: suppressed,
        consents: consents ?? [],
        form: form)
    default: return nil
    }
  }
}

/// A webhook as it is written in JSON.
package struct WebhookForm: Codable, Sendable {
  package var url: String
  /// The path of the file with the secret, absolute, on the machine of the server.
  package var secretFile: String?
  /// The variable of the server's environment with the secret, if it is in no file.
  package var secretEnv: String?
  /// The most messages of a request.
  package var batch: UInt32?
  /// The most requests in a second.
  package var rate: UInt32?
  /// How long a request may take.
  package var timeoutMs: Int64?

  package init(_ webhook: Webhook) {
    url = webhook.url
    switch webhook.secret {
    case .file(let path): secretFile = path
    case .environment(let name): secretEnv = name
    }
    batch = webhook.batchMax
    rate = webhook.requestsPerSecondMax
    timeoutMs = webhook.timeout.value
  }

  /// The webhook; nil unless it has one secret.
  var webhook: Webhook? {
    let secret: Webhook.Secret
    switch (secretFile, secretEnv) {
    case (let path?, nil): secret = .file(path)
    case (nil, let name?): secret = .environment(name)
    default: return nil
    }
    var webhook = Webhook(url: url, secret: secret)
    if let batch { webhook.batchMax = batch }
    webhook.requestsPerSecondMax = rate
    if let timeoutMs { webhook.timeout = Milliseconds(timeoutMs) }
    return webhook
  }
}

/// A destination that has been added or removed.
package struct DestinationName: Codable, Sendable {
  package var destination: String

  package init(destination: String) { self.destination = destination }
}

/// Where pending changes are to be delivered; everywhere if it does not say.
package struct DeliveryQuestion: Codable, Sendable {
  package var destination: String?

  package init(destination: String?) { self.destination = destination }
}

/// What was delivered to a destination.
package struct DeliveryAnswer: Codable, Sendable {
  package var destination: String
  /// Messages that were sent.
  package var messages: Int
  /// Messages that were withheld, because the persons do not consent.
  package var withheld: Int
  /// Requests that were sent, to a webhook.
  package var requests: Int
  /// Changes that still wait, for a webhook.
  package var pending: Int
  /// Changes that have been given up and are kept, of a webhook.
  package var dead: Int
  /// Everything up to here has arrived; for a webhook, it has been handed out.
  package var cursor: String
  /// Why not everything could be sent.
  package var error: String?

  package init(_ outcome: DeliveryOutcome) {
    destination = outcome.report.destination
    messages = outcome.report.messages
    requests = outcome.report.requests
    pending = outcome.report.pending
    dead = outcome.report.dead
    withheld = outcome.report.withheld
    cursor = outcome.report.cursor.description
    error = outcome.failure?.description
  }
}

/// Dead letters that something is ordered about.
package struct OrderQuestion: Codable, Sendable {
  package var destination: String?
  /// A status of HTTP, or a word.
  package var status: String?
  /// The changes; all if it has none.
  package var changes: [String]?

  package init(_ filter: DeadLetterFilter) {
    destination = filter.destination
    status = filter.failure?.name
    changes = filter.addresses.map(\.description)
  }

  /// The filter; nil if it cannot be one.
  var filter: DeadLetterFilter? {
    let addresses = (changes ?? []).map { FeedCursor($0) }
    let failure = status.map { DeliveryFailure(name: $0) }
    guard !addresses.contains(nil), addresses.isEmpty || destination != nil,
      failure.map({ $0 != nil }) ?? true
    else { return nil }
    return DeadLetterFilter(
      destination: destination, failure: failure ?? nil, addresses: addresses.compactMap(\.self))
  }
}

/// How many changes an order is about.
package struct OrderAnswer: Codable, Sendable {
  package var changes: Int

  package init(changes: Int) { self.changes = changes }
}

/// A webhook that is to get everything after a cursor again.
package struct ReplayQuestion: Codable, Sendable {
  package var destination: String
  package var after: String

  package init(destination: String, after: FeedCursor) {
    self.destination = destination
    self.after = after.description
  }
}
