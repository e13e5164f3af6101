// Destinations: defining and removing them, and delivering pending changes to them. The outbox is
// not stored separately: it is the change feed after a destination's cursor, which is durable with
// the inputs that caused the changes.

import Audiences
import Bytes
import Engine
import Profiles
import Storage

/// A destination and its progress.
public struct DestinationReport: Equatable, Sendable {
  /// What is delivered where.
  public var destination: Destination
  /// Everything up to here has arrived; for a webhook, it has been handed out.
  public var cursor: FeedCursor
  /// Messages that have arrived, each counted once.
  public var messages: UInt64
  /// Messages that were withheld, because the persons do not consent.
  public var withheld: UInt64
  /// Changes up to the cursor that have not arrived and are sent again; of a webhook.
  public var retrying = 0
  /// Changes that have been given up and are kept; of a webhook.
  public var dead = 0
}

/// The result of a delivery.
public struct DeliveryReport: Equatable, Sendable {
  /// The destination's name.
  public var destination: String
  /// Messages that were sent.
  public var messages = 0
  /// Messages that were withheld, because the persons do not consent.
  public var withheld = 0
  /// Everything up to here has arrived now; for a webhook, it has been handed out.
  public var cursor: FeedCursor
  /// Requests that were sent; to a webhook.
  public var requests = 0
  /// Changes that still wait; for a webhook.
  public var pending = 0
  /// Changes that have been given up and are kept; of a webhook.
  public var dead = 0

  /// A result, of a file unless it says more.
  public init(
    destination: String, messages: Int = 0, withheld: Int = 0, cursor: FeedCursor,
    requests: Int = 0, pending: Int = 0, dead: Int = 0
  ) {
    self.destination = destination
    self.messages = messages
    self.withheld = withheld
    self.cursor = cursor
    self.requests = requests
    self.pending = pending
    self.dead = dead
  }
}

/// The outcome for one of several destinations.
public struct DeliveryOutcome: Sendable {
  /// What was sent, and how far the destination is now.
  public var report: DeliveryReport
  /// Why not everything could be sent; nil if it was.
  public var failure: StoreError?

  /// An outcome.
  public init(report: DeliveryReport, failure: StoreError? = nil) {
    self.report = report
    self.failure = failure
  }
}

extension Snapshot {
  /// The destinations, in the order they were defined.
  public var destinations: [DestinationReport] {
    scalars.destinations.map {
      DestinationReport(
        destination: $0.destination, cursor: $0.cursor, messages: $0.messages,
        withheld: $0.withheld,
        retrying: $0.outbox.map { $0.openCount + Int(clamping: $0.requeuedCount) } ?? 0,
        dead: Int(clamping: $0.outbox?.deadCount ?? 0))
    }
  }

  /// Refuses audiences that are not defined, a suppressed audience whose members cannot be in the
  /// others, and suppressing everything that is delivered.
  fileprivate func requireSuppression(
    of audiences: [String], by suppressed: [String]
  ) throws(StoreError) {
    let isNobodyLeft = audiences.allSatisfy { name in
      suppressed.contains { $0.hasSameBytes(as: name) }
    }
    guard !isNobodyLeft else {
      throw StoreError(
        .noSuchRecord,
        "all audiences to be delivered are suppressed, so nothing would be delivered; remove one from "
          + "those to suppress")
    }
    var entities: Set<EntityKind> = []
    for name in audiences { entities.insert(try named(name).entity) }
    for name in suppressed {
      let entity = try named(name).entity
      guard entities.contains(entity) else {
        let own = entity == .account ? "accounts" : "persons"
        let other = entity == .account ? "persons" : "accounts"
        throw StoreError(
          .noSuchRecord,
          "audience \(name) is an audience of \(own), but \(other) are delivered, so it would suppress "
            + "nobody; name an audience of \(other)")
      }
    }
  }
}

extension Snapshot {
  /// Refuses consent categories that are not defined, and categories for audiences of accounts, which have no answers.
  fileprivate func requireConsents(of destination: Destination) throws(StoreError) {
    guard !destination.consents.isEmpty else { return }
    guard destination.consents.count <= Destination.consentsMax else {
      throw StoreError(
        .tooLarge,
        "a destination can require at most \(Destination.consentsMax) consent categories, and these are "
          + "\(destination.consents.count)")
    }
    for category in destination.consents { _ = try consentAudience(category) }
    for name in destination.audiences { try requirePersons(name) }
  }
}

extension Store {
  /// Bytes of messages that are sent, synced and recorded together.
  private static let deliveryBytes = 1 << 20
  /// Messages that are withheld and recorded together.
  private static let withheldMax = 65_536
  /// The number of records without changes after which the cursor is recorded anyway.
  private static let deliveryRecordsMax: UInt64 = 100_000

  /// Defines a destination.
  ///
  /// - Parameter start: Delivery begins after this place: from the beginning, every current member
  ///   is sent as an entry, with all later changes.
  /// - Throws: `StoreError` with code `.alreadyExists` for a name that is in use, a file that another
  ///   destination has, under whatever path, one in a store, one that is not a plain file with one name, or one
  ///   that does not hold lines; `.noSuchRecord` for an audience that is not defined or that can suppress nobody;
  ///   `.gone` or `.outOfOrder` for the place; `.outOfOrder` for a webhook that cannot be one.
  public func addDestination(
    _ destination: Destination, after start: FeedCursor = .start
  ) throws(StoreError) {
    guard findDestination(destination.name) == nil else {
      throw StoreError(
        .alreadyExists,
        "a destination of this name exists already; remove it first or choose another name")
    }
    switch destination.target {
    case .file(let path): try requireOwnFile(destination, path)
    case .webhook(let webhook):
      if let problem = webhook.problem { throw StoreError(.outOfOrder, problem) }
    }
    let view = try snapshot()
    try view.check(start, beginsWithMembers: true)
    try view.requireSuppression(of: destination.audiences, by: destination.suppressed)
    try view.requireConsents(of: destination)
    let record = DestinationRecord(
      number: fold.state.scalars.destinationCount + 1,
      defined: .init(
        destination: destination, start: start,
        fileEnd: UInt64(try destination.path.map(sizeOfLines) ?? 0)))
    try self.record(.destination(record))
  }

  /// Removes a destination; its file stays as it is.
  ///
  /// - Throws: `StoreError` with code `.noSuchRecord` if there is none of this name.
  public func removeDestination(_ name: String) throws(StoreError) {
    let record = DestinationRecord(number: try destination(named: name).number, defined: nil)
    try self.record(.destination(record))
  }

  /// Delivers the pending changes of several destinations that are files, even if some of them fail.
  ///
  /// - Returns: An outcome for each, in the order given.
  /// - Throws: `StoreError` with code `.noSuchRecord`, before anything is sent, for a name that no
  ///   destination has; the outcome of each says why it could not be served.
  public func deliver(to names: [String]) throws(StoreError) -> [DeliveryOutcome] {
    for name in names { _ = try destination(named: name) }
    try settleTimers()
    var outcomes: [DeliveryOutcome] = []
    for name in names {
      let before = try destination(named: name)
      var report = DeliveryReport(destination: name, cursor: before.cursor)
      var failure: StoreError?
      do throws(StoreError) { report = try deliver(to: name) } catch {
        // What was recorded before the failure has arrived.
        let after = try destination(named: name)
        report.messages = Int(clamping: after.messages - before.messages)
        report.withheld = Int(clamping: after.withheld - before.withheld)
        report.cursor = after.cursor
        failure = error
      }
      outcomes.append(DeliveryOutcome(report: report, failure: failure))
    }
    return outcomes
  }

  /// Delivers what waits for a destination that is a file, at least once and in order.
  ///
  /// Messages are written and synced, and then their outcome is recorded. After a crash in between
  /// they are sent again, the same messages under the same keys.
  ///
  /// - Parameter recordingEnd: Whether the cursor is recorded even if nothing was pending.
  /// - Throws: `StoreError` with code `.noSuchRecord` if there is none of this name; `.outOfOrder` for a webhook;
  ///   `.gone` if what waited has been erased or rolled up; `.alreadyExists` if its file has become that of another
  ///   destination; `.io` if its file cannot be written: undelivered changes stay pending.
  public func deliver(
    to name: String, recordingEnd: Bool = false
  ) throws(StoreError) -> DeliveryReport {
    let state = try destination(named: name)
    guard let path = state.destination.path else {
      throw StoreError(.outOfOrder, "destination \(name) is a webhook, which is served by itself")
    }
    let snapshot = try snapshot()
    var pass = try DeliveryPass(snapshot, state)
    // Nothing comes in between here and the record of the delivery: this is the state that it finds.
    var consent = try ConsentCheck(state.destination, in: snapshot)
    var withheld: [WithheldMessage] = []
    var report = DeliveryReport(destination: name, cursor: state.cursor)
    var file: DeliveryFile?
    var lines = ByteWriter()
    var count = 0
    try pass.run { (messages, cursor) throws(StoreError) in
      for message in messages {
        if let lacking = consent.lacking(message) {
          withheld.append(message.withheld(from: state.destination, at: cursor, lacking))
        } else {
          message.write(as: state.destination.form, to: &lines)
          count += 1
        }
      }
      let isEnd = cursor.index == nil
      let isFull = lines.count >= Self.deliveryBytes || withheld.count >= Self.withheldMax
      guard isFull || isEnd else { return }
      let isWorthIt =
        count > 0 || !withheld.isEmpty || (isEnd && recordingEnd)
        || cursor.sequence.value - report.cursor.sequence.value > Self.deliveryRecordsMax
      guard isWorthIt else { return }
      if count > 0 {
        if file == nil {
          try requireOwnFile(state.destination, path)
          file = try DeliveryFile(
            path, recorded: Int(clamping: state.fileEnd), of: directory.path,
            on: options.fileSystem)
        }
        try file?.append(lines.bytes)
      }
      let outcome = DeliveryRecord(
        number: state.number, messages: UInt64(count), cursor: cursor,
        fileEnd: file.map { UInt64($0.end) } ?? state.fileEnd, withheld: withheld)
      try record(.delivery(.appended(outcome)))
      report.messages += count
      report.withheld += withheld.count
      withheld.removeAll()
      report.cursor = cursor
      lines.removeAll()
      count = 0
    }
    return report
  }

  /// The names of the destinations that are files.
  public var fileDestinationNames: [String] {
    fold.state.scalars.destinations.filter { $0.outbox == nil }.map(\.destination.name)
  }

  private func findDestination(_ name: String) -> DestinationState? {
    fold.state.scalars.destinations.first { $0.destination.name.hasSameBytes(as: name) }
  }

  func destination(named name: String) throws(StoreError) -> DestinationState {
    if let found = findDestination(name) { return found }
    throw .notFound(
      "destination", name, among: fold.state.scalars.destinations.map(\.destination.name),
      ifNone: "add one with `cairn destination add`")
  }

  /// Refuses a file in a store, and that of another destination: each truncates the file after its own lines.
  private func requireOwnFile(
    _ destination: Destination, _ path: String
  ) throws(StoreError) {
    let place = FilePlace.place(of: path)
    if let store = try? StoreDirectory.around(
      FilePlace.folder(of: place), options.fileSystem)
    {
      throw StoreError(
        .alreadyExists,
        "the file of a destination cannot be inside the store \(store); choose one outside of it",
        file: path)
    }
    if let obstacle = DeliveryFile.obstacle(at: place) {
      throw StoreError(
        .alreadyExists,
        "\(obstacle), and a destination needs a plain file with one name; choose another path",
        file: path)
    }
    for other in fold.state.scalars.destinations.map(\.destination)
    where !other.name.hasSameBytes(as: destination.name)
      && other.path.map({ FilePlace.place(of: $0).hasSameBytes(as: place) }) ?? false
    {
      throw StoreError(
        .alreadyExists,
        "this is the file of destination \(other.name) already; give each destination its own file",
        file: path)
    }
  }

  /// The size of a file of lines; 0 if there is none.
  private func sizeOfLines(_ path: String) throws(StoreError) -> Int {
    do throws(IOError) {
      guard try options.fileSystem.exists(path) else { return 0 }
      let file = try options.fileSystem.open(path, .read)
      let size = try file.size()
      if try DeliveryFile.endOfLines(in: file, upTo: size) == size { return size }
    } catch {
      throw StoreError(error, deliveringTo: path)
    }
    throw StoreError(
      .alreadyExists, "the file exists and does not end with a complete line; choose another",
      file: path)
  }
}
