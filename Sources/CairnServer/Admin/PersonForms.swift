// Questions and answers about persons.

import Activation
import Bytes
import Cairn
import Engine
import Storage

/// Whom a decision is about.
package struct PersonsQuestion: Codable, Sendable {
  /// `type:value`.
  package var identifiers: [String]
  /// For an erasure: whether just these identifiers are meant, and not all of the person.
  package var alone: Bool?

  package init(_ identifiers: [Identifier], alone: Bool? = nil) {
    self.identifiers = identifiers.map { "\($0.type):\($0.value)" }
    self.alone = alone
  }
}

/// What a split or a merge led to.
package struct CorrectionAnswer: Codable, Sendable {
  /// The record that has it.
  package var record: UInt64
  /// The profiles that the identifiers belong to now.
  package var profileIds: [String]
  package var memberships: MembershipCounts

  package init(_ outcome: CorrectionOutcome) {
    record = outcome.sequence.value
    profileIds = outcome.profiles.map(\.description)
    memberships = outcome.memberships
  }
}

/// What an erasure led to.
package struct ErasureAnswer: Codable, Sendable {
  /// The result; nil if all of the identifiers had been erased before.
  package var receipt: ErasureForm?
  /// How many of the identifiers no event has had.
  package var neverSeen: Int

  /// Erases persons.
  package init(
    _ names: [Identifier], alone: Bool, in store: Store,
    onProgress: @escaping (ErasureProgress) -> Void
  ) throws(StoreError) {
    neverSeen = try store.countOfNeverSeen(names)
    receipt = try store.erase(names, alone: alone, onProgress: onProgress).map { ErasureForm($0) }
  }
}

/// The receipt of an erasure.
package struct ErasureForm: Codable, Sendable {
  package var record: UInt64
  package var requested: Timestamp
  package var finished: Timestamp
  package var persons: UInt32
  package var identifierCount: UInt32
  package var extent: ErasureExtent
  package var feedBeginsAfter: UInt64
  package var segmentsRewritten: UInt32
  package var logBytes: UInt64

  init(_ receipt: ErasureReceipt) {
    record = receipt.sequence.value
    requested = receipt.requested
    finished = receipt.finished
    persons = receipt.persons
    identifierCount = receipt.identifiers
    extent = receipt.extent
    feedBeginsAfter = receipt.horizon.value
    segmentsRewritten = receipt.segments
    logBytes = receipt.logBytes
  }
}
