// A reader's view of a store: everything as of one instant, immutable, shareable, without locks.

import Audiences
import Bytes
import Events
import Profiles
import Storage

/// A store as it was when the snapshot was taken.
///
/// Reads never block and never wait for the writer. Every read that depends on time takes an instant
/// and answers as of it; timers that have come due since the last input are applied to the answer.
public final class Snapshot: Sendable {
  package let profiles: ProfileSnapshot
  package let memberships: MembershipSnapshot
  let messages: TableSnapshot
  let deadLetters: TableSnapshot
  package let log: LogView
  /// The names of all symbols that its records can have.
  package let names: SymbolNames
  package let plan: EvaluationPlan
  /// The definitions that the plan was made of.
  package let definitions: DefinitionSet
  /// The traits of persons, in the order they were defined.
  package let traits: [EvaluationPlan.Trait]
  package let scalars: Scalars
  /// All definitions so far as they were applied, in log order.
  package let recordedDefinitions: [DefinitionsRecord]
  /// What is kept of erased identifiers.
  let erased: [Hash128]
  package let identifierReader: IdentifierReader
  /// What it has of the open store besides the state.
  package let origin: SnapshotOrigin
  /// Keeps an erasure waiting while files may be open that it replaces.
  let mark: (any FileLock)?
  /// The sequence of the last record that the snapshot holds.
  public let lastSequence: SequenceNumber
  /// The instant that reads answer for unless they are given one; see `readingInstant`.
  public let asOf: Timestamp

  /// - Parameter fold: The state to look at: the store's own, or one folded again from its log.
  package convenience init(_ store: Store, replayed fold: Fold? = nil) {
    self.init(
      fold ?? store.fold, store.directory.log.view(), SnapshotOrigin(store),
      lastSequence: store.lastSequence, store.directory.readerMark())
  }

  /// - Parameter lastSequence: The record that `fold` holds last; the log may continue after it.
  fileprivate init(
    _ fold: Fold, _ log: LogView, _ origin: SnapshotOrigin, lastSequence: SequenceNumber,
    _ mark: (any FileLock)? = nil
  ) {
    self.mark = mark
    profiles = fold.state.profiles.snapshot()
    memberships = fold.state.memberships.snapshot()
    messages = fold.state.messages.snapshot()
    deadLetters = fold.state.deadLetters.snapshot()
    self.log = log
    names = origin.symbols.names()
    plan = fold.plan
    definitions = fold.definitions
    traits = plan.traits.filter { $0.entity == .person }
    scalars = fold.state.scalars
    recordedDefinitions = fold.state.definitions.elements
    erased = fold.state.erased.elements
    identifierReader = fold.identifierReader
    self.origin = origin
    self.lastSequence = lastSequence
    asOf = Self.readingInstant(scalars, origin.environment)
  }

  /// The same state once more.
  ///
  /// - Parameter log: Holds at least the records of the snapshot.
  private init(
    _ other: Snapshot, log: LogView, profiles: ProfileSnapshot? = nil, asOf: Timestamp
  ) {
    mark = other.mark
    self.profiles = profiles ?? other.profiles
    memberships = other.memberships
    messages = other.messages
    deadLetters = other.deadLetters
    self.log = log
    names = other.names
    plan = other.plan
    definitions = other.definitions
    traits = other.traits
    scalars = other.scalars
    recordedDefinitions = other.recordedDefinitions
    erased = other.erased
    identifierReader = other.identifierReader
    origin = other.origin
    lastSequence = other.lastSequence
    self.asOf = asOf
  }

  /// A snapshot that was taken before its last records were durable, once they are.
  ///
  /// - Parameter log: Holds at least the records of the snapshot.
  package convenience init(_ early: Snapshot, durableIn log: LogView) {
    self.init(early, log: log, asOf: early.asOf)
  }

  /// Whether an erasure waits until this snapshot is let go of, since it shows people who have been erased.
  ///
  /// Only of a live store; what takes long should look at it now and then.
  public var isAwaited: Bool { (mark as? OwnMark)?.isAwaited ?? false }

  /// The same state, for somebody who asks now: one that nothing has been committed after may be old.
  package convenience init(askedNow other: Snapshot) {
    let now = Self.readingInstant(other.scalars, other.origin.environment)
    self.init(other, log: other.log, asOf: now)
  }

  /// The same state, of which reading ends with an error once it is cancelled.
  ///
  /// Looked at for each record of the log and each profile: what reads many of either ends soon.
  package convenience init(_ other: Snapshot, endingWith cancellation: ReadCancellation) {
    self.init(
      other, log: LogView(other.log, endingWith: cancellation),
      profiles: other.profiles.ending(with: cancellation), asOf: other.asOf)
  }

  /// The store's own id.
  public var storeID: Hash128 { origin.manifest.storeID }

  /// The highest sequence that has been erased from or rolled up; 0 if none has.
  package var horizon: SequenceNumber { origin.manifest.horizon }

  package var seed: HashSeed { origin.manifest.seed }

  /// The rules by which identifiers are read and joined.
  public var identityRules: IdentityRules { scalars.identityRules }

  /// The logical now of the last input.
  public var logicalNow: Timestamp { scalars.logicalNow }

  /// What moved logical time when the last events came in.
  public var clock: IngestClock { scalars.clock }

  /// The instant that reads answer for: the present for a store that lives by the machine's clock, the
  /// logical now for one whose time follows its events.
  ///
  /// The one place where that is decided.
  package static func readingInstant(_ scalars: Scalars, _ environment: Environment) -> Timestamp {
    switch scalars.clock {
    case .system: max(scalars.logicalNow, environment.now())
    case .events: scalars.logicalNow
    }
  }

  /// The instant to answer for: the given one, or `asOf`.
  ///
  /// - Throws: `StoreError` with code `.outOfOrder` for one before the logical now, for which the
  ///   snapshot no longer has the state.
  package func checked(_ instant: Timestamp?) throws(StoreError) -> Timestamp {
    guard let instant else { return asOf }
    guard instant >= logicalNow else {
      throw StoreError(
        .outOfOrder,
        "the state is that of \(logicalNow), and of an earlier instant only the members of audiences "
          + "are known; give that instant or a later one, or see 'cairn audience members --as-of'")
    }
    return instant
  }
}

extension Store {
  /// A view of the state in hand, whose last records are not durable yet: not to be shown to anybody before
  /// `Snapshot.init(_:durableIn:)`.
  ///
  /// - Parameter last: The last record of the batch in hand.
  /// - Complexity: as `snapshot`.
  package func earlySnapshot(through last: SequenceNumber) -> Snapshot {
    Snapshot(
      fold, directory.log.view(), SnapshotOrigin(self), lastSequence: last,
      directory.readerMark())
  }

  /// The durable part of the log, for readers.
  package var durableLog: LogView { directory.log.view() }

  /// A view of the state as of the last commit, for readers.
  ///
  /// Not to be called from within an ingest, from a verdict or progress closure, when the state may be
  /// ahead of what is durable: that is a programmer error and traps.
  ///
  /// - Complexity: O(audiences); nothing is copied.
  /// - Throws: the store's failure if, after it, the state could not be read back from the disk.
  public func snapshot() throws(StoreError) -> Snapshot {
    if let failure { throw failure }
    precondition(!condition.isAhead, "a snapshot is taken between inputs, not from within one")
    return Snapshot(self)
  }
}
