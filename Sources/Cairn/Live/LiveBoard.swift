// What the thread that writes publishes for all others: the rules to parse by, and the state to read.

import Audiences
import Bytes
import Engine
import Events
import Profiles
import Storage
import Synchronization

/// What one thread publishes and many read.
final class LiveBoard: Sendable {
  private struct State: Sendable {
    var basis: ParseBasis
    var snapshot: Snapshot?
    /// The last record that somebody may know to be durable.
    var durable: SequenceNumber
    /// For how many more commits snapshots are taken in advance, since there are readers.
    var interest = 0
    var queuedBytes = 0
    /// Of these, those of each source that has any; nil for requests whose source is not known yet.
    var queuedBySource: [SourceID?: Int] = [:]
    var statistics = LiveStatistics()
    /// Those who wait for the next commit, by a number of their own.
    var waiters: [UInt64: Waiter] = [:]
    var waiterNumber: UInt64 = 0
    /// Whether nothing will be published any more.
    var isOver = false
    /// Called when more is durable.
    var watcher: (@Sendable () -> Void)?

    /// Takes out those who wait for a record up to one, or everybody.
    mutating func takeWaiters(_ last: SequenceNumber?) -> [Waiter] {
      let woken = waiters.filter { waiter in last.map { waiter.value.sequence < $0 } ?? true }
      for number in woken.keys { waiters[number] = nil }
      return Array(woken.values)
    }
  }

  /// Somebody who waits for a record to be durable.
  private struct Waiter: Sendable {
    let sequence: SequenceNumber
    let continuation: CheckedContinuation<Bool, Never>
  }

  /// For how many commits after a reader came by the next one finds a snapshot ready.
  private static let interestCommits = 256

  private let state: Mutex<State>

  init(_ basis: ParseBasis, durable: SequenceNumber) {
    state = Mutex(State(basis: basis, durable: durable))
  }

  /// The rules to parse by.
  var basis: ParseBasis {
    get { state.withLock { $0.basis } }
    set { state.withLock { $0.basis = newValue } }
  }

  /// The state as of the last acknowledged record, if it has been published.
  func current() -> Snapshot? {
    state.withLock { state in
      state.interest = Self.interestCommits
      guard let snapshot = state.snapshot, snapshot.lastSequence >= state.durable else {
        return nil
      }
      return snapshot
    }
  }

  /// Whether a snapshot should be taken of the next commit.
  func takeInterest() -> Bool {
    state.withLock { state in
      guard state.interest > 0 else {
        // Nobody reads: what a snapshot keeps is not to be kept any longer.
        state.snapshot = nil
        return false
      }
      state.interest -= 1
      return true
    }
  }

  /// Publishes that records are durable, with the state as of the last of them if it was taken.
  func publish(durable: SequenceNumber, _ snapshot: Snapshot?) {
    let woken = state.withLock { state in
      state.durable = max(state.durable, durable)
      if let snapshot { state.snapshot = snapshot }
      return state.waiters.isEmpty ? [] : state.takeWaiters(durable)
    }
    for waiter in woken { waiter.continuation.resume(returning: true) }
  }

  /// Has `body` called, on the thread that writes, after more has become durable; nobody if nil.
  func watch(_ body: (@Sendable () -> Void)?) { state.withLock { $0.watcher = body } }

  /// Calls what watches.
  func callWatcher() { state.withLock { $0.watcher }?() }

  /// Nothing will be published any more: nobody is to wait for it.
  func end() {
    let woken = state.withLock { state in
      state.isOver = true
      return state.takeWaiters(nil)
    }
    for waiter in woken { waiter.continuation.resume(returning: false) }
  }

  /// Waits until a record after `sequence` is durable.
  ///
  /// - Returns: False if the task was cancelled, or if the board has ended.
  func changed(after sequence: SequenceNumber) async -> Bool {
    let number = state.withLock { state in
      state.waiterNumber += 1
      return state.waiterNumber
    }
    return await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let answer: Bool? = state.withLock { state in
          if state.durable > sequence { return true }
          // A cancellation that comes after this finds the waiter.
          if state.isOver || Task.isCancelled { return false }
          state.waiters[number] = Waiter(sequence: sequence, continuation: continuation)
          return nil
        }
        if let answer { continuation.resume(returning: answer) }
      }
    } onCancel: {
      let waiter = state.withLock { $0.waiters.removeValue(forKey: number) }
      waiter?.continuation.resume(returning: false)
    }
  }

  /// How many wait for the next commit.
  var waiterCount: Int { state.withLock { $0.waiters.count } }

  /// Forgets the published state: it is no longer that of the store.
  func forget() { state.withLock { $0.snapshot = nil } }

  /// Takes room for input that arrives or waits; false if there is none.
  ///
  /// - Parameters:
  ///   - held: What the same request holds already.
  ///   - source: Whose share it is of, half of the limit.
  func reserve(
    _ byteCount: Int, holding held: Int, for source: SourceID?, max limit: Int
  ) -> Bool {
    state.withLock { state in
      let share = state.queuedBySource[source] ?? 0
      // One request alone always has room, and so has one alone in its share.
      guard state.queuedBytes == held || state.queuedBytes + byteCount <= limit,
        share == held || share + byteCount <= limit / 2
      else { return false }
      state.queuedBytes += byteCount
      state.queuedBySource[source] = share + byteCount
      return true
    }
  }

  /// Gives room back.
  func release(_ byteCount: Int, of source: SourceID?) {
    guard byteCount > 0 else { return }
    state.withLock { state in
      state.queuedBytes -= byteCount
      let share = (state.queuedBySource[source] ?? 0) - byteCount
      state.queuedBySource[source] = share > 0 ? share : nil
    }
  }

  /// The bytes of input that arrive or wait.
  var queuedBytes: Int { state.withLock { $0.queuedBytes } }

  /// What the thread that writes has done, and how it is.
  var statistics: LiveStatistics {
    get { state.withLock { $0.statistics } }
    set { state.withLock { $0.statistics = newValue } }
  }
}
