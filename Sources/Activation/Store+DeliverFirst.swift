// Inputs after which the recorded past can no longer be followed: pending changes are delivered to
// destinations before they are recorded.

import Engine
import Events
import Profiles
import Storage

extension Store {
  /// Erases persons.
  ///
  /// First the pending changes are delivered to destinations, because the recorded past can no longer be
  /// followed afterwards. Then one record puts the erasure in force: everything is derived again without the
  /// erased, and the exits from audiences that follow are recorded with it. Then their events, and lines in
  /// quarantine that hold their identifiers, are blanked in the log, and those of other people that name them
  /// lose the values; segments with such records are written again. The receipt is a record as well. After
  /// any interruption, opening the store continues it.
  ///
  /// - Parameters:
  ///   - identifiers: As for `erasurePlan`.
  ///   - alone: As for `erasurePlan`.
  /// - Returns: The receipt; nil, with nothing recorded, if all the identifiers have been erased before.
  /// - Throws: As `erasurePlan` and `deliver`, and `.noSpace` where the disk is too full for all of it, with nothing
  ///   erased. An error after the record leaves the store closed to everything until it is opened again, which
  ///   continues the erasure.
  /// - Complexity: O(log), about three times as long as the ingest took.
  @discardableResult
  public func erase(
    _ identifiers: [Identifier], alone: Bool = false,
    onProgress: @escaping (ErasureProgress) -> Void = { _ in }
  ) throws(StoreError) -> ErasureReceipt? {
    try erase(
      identifiers, alone: alone,
      delivering: { (store) throws(StoreError) in try store.deliverAll() },
      onProgress: onProgress)
  }

  /// Puts rules in force and derives everything again by them, as if they had always held.
  ///
  /// Manual splits and merges stay in force. Resulting entries and exits are recorded with the rules.
  ///
  /// - Parameters:
  ///   - rules: With numbers of types that follow on the present ones; see
  ///     `IdentityRules.renumbered(after:)`.
  ///   - onProgress: Called now and then with the progress.
  /// - Returns: How many memberships changed; nil if these rules are in force already.
  /// - Throws: `StoreError` with code `.noSpace` or `.tooLarge` with nothing changed. Once people have been
  ///   erased, as `erase`.
  /// - Complexity: O(log); about as long as the ingest took.
  @discardableResult
  public func apply(
    _ rules: IdentityRules, onProgress: @escaping (LogProgress) -> Void = { _ in }
  ) throws(StoreError) -> MembershipCounts? {
    try apply(
      rules, delivering: { (store) throws(StoreError) in try store.deliverAll() },
      onProgress: onProgress)
  }

  /// Delivers the pending changes of all destinations: changes up to the last blanked record can no longer be followed.
  private func deliverAll() throws(StoreError) {
    for report in try snapshot().destinations {
      let name = report.destination.name
      do throws(StoreError) {
        if report.destination.webhook == nil {
          _ = try deliver(to: name, recordingEnd: true)
        } else {
          try requireNothingPending(for: name)
        }
      } catch {
        guard failure == nil else { throw error }
        throw StoreError(
          error.code,
          "nothing was erased, because destination \(name) must get its changes first: \(error.message); "
            + "or remove it with 'cairn destination remove', and erase again", file: error.file)
      }
    }
  }

  /// Refuses if changes wait for a webhook, and records that none do: they are sent by what serves it.
  private func requireNothingPending(for name: String) throws(StoreError) {
    let state = try destination(named: name)
    let snapshot = try snapshot()
    var pending = state.outbox.map { $0.openCount + Int(clamping: $0.requeuedCount) } ?? 0
    if pending == 0 {
      var pass = try DeliveryPass(snapshot, state)
      try pass.run { (messages, _) throws(StoreError) in pending += messages.isEmpty ? 0 : 1 }
    }
    guard pending == 0 else {
      throw StoreError(
        .outOfOrder, "\(pending) changes wait for the webhook; deliver them with 'cairn deliver'")
    }
    let end = FeedCursor(sequence: snapshot.lastSequence)
    try committing { (store) throws(StoreError) in
      try store.append(
        .handedOut(
          HandOutRecord(
            number: state.number, at: options.environment.now(), items: [], through: end)))
    }
  }
}
