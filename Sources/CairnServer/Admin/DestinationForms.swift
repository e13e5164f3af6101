// Questions and answers about destinations.

import Activation
import Engine
import Storage

/// A destination to add.
package struct DestinationQuestion: Codable, Sendable {
  package var name: String
  /// Absolute.
  package var path: String
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
    audiences = destination.audiences
    suppressed = destination.suppressed
    consents = destination.consents.isEmpty ? nil : destination.consents
    form = destination.form.name
    self.after = after.description
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
  /// Everything up to here has arrived.
  package var cursor: String
  /// Why not everything could be sent.
  package var error: String?

  package init(_ outcome: DeliveryOutcome) {
    destination = outcome.report.destination
    messages = outcome.report.messages
    withheld = outcome.report.withheld
    cursor = outcome.report.cursor.description
    error = outcome.failure?.description
  }
}
