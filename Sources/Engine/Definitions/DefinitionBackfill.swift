// A change of definitions on its way into a store: the history of its new aggregates is folded separately,
// on a thread of its own or where it was begun, until the writer takes it over.

import Audiences
import Bytes
import Profiles
import Storage
import Synchronization

/// How far definitions that are new have come: the history is read for them, then every profile is judged
/// by the audiences among them.
public struct BackfillProgress: Equatable, Sendable {
  /// How much of the history has been read.
  public var log: LogProgress
  /// Profiles judged so far.
  public var profiles: UInt64
  /// Profiles to judge; 0 until the history has been read, and where no audience is new.
  public var profilesTotal: UInt64

  /// Makes a state of progress.
  public init(_ log: LogProgress, profiles: UInt64 = 0, profilesTotal: UInt64 = 0) {
    self.log = log
    self.profiles = profiles
    self.profilesTotal = profilesTotal
  }
}

/// Why definitions that were being applied were not; nothing has changed then.
public enum BackfillRefusal: Error, Equatable, Sendable {
  /// Others are being applied concurrently with ingest already.
  case inProgress
  /// Definitions or identity rules have changed since it was begun.
  case outOfDate
  /// It was cancelled, or the store was closed.
  case cancelled

  /// What happened and what to do, for a person.
  public var explanation: String {
    switch self {
    case .inProgress:
      "other definitions are being applied already; wait until they are published, or cancel them"
    case .outOfDate:
      "definitions or identity rules have changed since these were begun; apply them again"
    case .cancelled: "applying was cancelled; nothing has changed"
    }
  }
}

/// Definitions that are being applied while events come in.
///
/// Made by `Store.beginApplying`. Can be shared; every call returns at once.
public final class DefinitionBackfill: Sendable {
  /// What has become of it.
  public enum Status: Sendable {
    /// The history is being read.
    case scanning
    /// The next commit of an ingest, or `Store.publishFinishedBackfill`, publishes it.
    case ready
    /// The definitions are in force.
    case published(DefinitionChanges)
    /// Nothing has changed.
    case failed(ApplyError)
  }

  /// What must not have changed between the beginning and the end.
  struct Basis: Equatable {
    var definitionCount: Int
    var refoldedAt: SequenceNumber
  }

  /// A part of the log to read, and the logical now at its end.
  struct Round: Sendable {
    var log: LogView
    var now: Timestamp

    var through: SequenceNumber { SequenceNumber(log.nextSequence.value - 1) }
  }

  private enum Phase {
    case scanning
    case ready(SideCells.Result)
    case ended(Status)
  }

  /// What the definitions change; of memberships and the sequence only once they are published.
  public let changes: DefinitionChanges
  let records: [DefinitionRecord]
  let zones: [TimeZoneRules]
  let basis: Basis
  private let slots: SlotBackfill
  private let seed: HashSeed
  private let runs: NamelessRuns
  private let memoryMax: Int

  private let phase: Mutex<Phase>
  private let scanned = Atomic<UInt64>(0)
  private let total = Atomic<UInt64>(0)
  private let judged = Atomic<UInt64>(0)
  private let profiles = Atomic<UInt64>(0)
  private let isCancelled = Atomic<Bool>(false)
  /// What is to be read besides; closed when nothing more is.
  private let rounds = BoundedQueue<Round>(capacity: 1)
  /// Holds something whenever there is news that nobody has looked at.
  private let news = BoundedQueue<Bool>(capacity: 1)

  init(
    _ changes: DefinitionChanges, records: [DefinitionRecord], zones: [TimeZoneRules],
    slots: SlotBackfill, basis: Basis, seed: HashSeed, runs: NamelessRuns, memoryMax: Int
  ) {
    self.changes = changes
    self.records = records
    self.zones = zones
    self.slots = slots
    self.basis = basis
    self.seed = seed
    self.runs = runs
    self.memoryMax = memoryMax
    // Definitions that change nothing are in force already.
    phase = Mutex(records.isEmpty ? .ended(.published(changes)) : .scanning)
  }

  /// How far it has come.
  public var progress: BackfillProgress {
    let total = total.load(ordering: .relaxed)
    let read = LogProgress(
      records: min(scanned.load(ordering: .relaxed), total), recordsTotal: total)
    return BackfillProgress(
      read, profiles: judged.load(ordering: .relaxed),
      profilesTotal: profiles.load(ordering: .relaxed))
  }

  /// What has become of it.
  public var status: Status {
    phase.withLock { phase in
      switch phase {
      case .scanning: .scanning
      case .ready: .ready
      case .ended(let status): status
      }
    }
  }

  /// Whether the definitions are in force.
  public var isPublished: Bool { if case .published = status { true } else { false } }

  /// Gives up, unless it is published already.
  public func cancel() {
    isCancelled.store(true, ordering: .relaxed)
    end(.failed(.backfill(.cancelled)))
  }

  // MARK: - The side that reads

  /// Folds the history aside, on the calling thread.
  func scan(
    _ round: Round, onProgress: (BackfillProgress) -> Void
  ) throws(StoreError) -> SideCells.Result {
    let side = try sideCells()
    try add(round, to: side, onProgress: onProgress)
    return side.result()
  }

  /// Folds the history aside, and what comes besides, until nothing more does: the body of a thread.
  func work(from first: Round) {
    do throws(StoreError) {
      let side = try sideCells()
      var next: Round? = first
      while let round = next {
        try add(round, to: side) { _ in self.news.offer(true) }
        show(side.result())
        next = rounds.pop()
      }
    } catch {
      end(.failed(isCancelled.load(ordering: .relaxed) ? .backfill(.cancelled) : .store(error)))
    }
  }

  /// Hands a result over, and keeps none: what is shared must be copied before it can change.
  private func show(_ result: SideCells.Result) {
    phase.withLock { phase in
      if case .scanning = phase { phase = .ready(result) }
    }
    news.offer(true)
  }

  private func sideCells() throws(StoreError) -> SideCells {
    try SideCells(slots, seed: seed, runs: runs, memoryMax: memoryMax)
  }

  private func add(
    _ round: Round, to side: SideCells, onProgress: (BackfillProgress) -> Void
  ) throws(StoreError) {
    expect(round)
    try side.add(round.log, now: round.now) { (next) throws(StoreError) in
      guard !isCancelled.load(ordering: .relaxed) else {
        throw StoreError(.outOfOrder, BackfillRefusal.cancelled.explanation)
      }
      scanned.store(next.value, ordering: .relaxed)
      onProgress(progress)
    }
    scanned.store(round.through.value, ordering: .relaxed)
    onProgress(progress)
  }

  // MARK: - The writer's side

  /// Notes how many profiles have been judged, and of how many.
  func noteJudged(_ count: UInt32, of total: UInt32) {
    judged.store(UInt64(count), ordering: .relaxed)
    profiles.store(UInt64(total), ordering: .relaxed)
  }

  /// The last record that is in what has been made, if it is ready.
  var madeThrough: SequenceNumber? { result?.through }

  /// What has been made, if it is ready.
  var result: SideCells.Result? {
    phase.withLock { phase in
      if case .ready(let result) = phase { result } else { nil }
    }
  }

  /// Lets the thread continue; its previous result must be released first.
  func goOn(with round: Round) {
    let isOn = phase.withLock { phase in
      guard case .ready = phase else { return false }
      phase = .scanning
      return true
    }
    guard isOn else { return }
    expect(round)
    _ = rounds.push(round)
  }

  /// Says how far there is to go.
  func expect(_ round: Round) { total.store(round.through.value, ordering: .relaxed) }

  /// Ends it, unless it has ended; the thread then does so too.
  func end(_ status: Status) {
    phase.withLock { phase in
      if case .ended = phase { return }
      phase = .ended(status)
    }
    rounds.close()
    news.offer(true)
  }

  /// All records up to the one that has the definitions have been read.
  func notePublished(at sequence: SequenceNumber) {
    total.store(sequence.value - 1, ordering: .relaxed)
    scanned.store(sequence.value - 1, ordering: .relaxed)
  }

  /// Waits until there is something new to see.
  func waitForNews() { _ = news.pop() }
}
