// Definitions applied while events come in: the history is folded separately on a thread of its own, catches
// up with what has come since, and is published between two commits, at once.

import Audiences
import Bytes
import Profiles
import Storage

/// Definitions on their way, and the thread that folds the history for them.
struct RunningBackfill {
  let job: DefinitionBackfill
  let thread: WorkerThread
  let lagMax: UInt64
  /// How many records it had left to read when it was last sent on.
  var lag = UInt64.max
}

extension Store {
  /// Begins to apply definitions concurrently with what else the store does: as `apply`, but the history is read
  /// on another thread.
  ///
  /// When it has been read they are published, at once, by the next commit of an ingest, or by
  /// `publishFinishedBackfill` or `finishApplying`: they are recorded at that place in the log, and all
  /// is then as if `apply` had been called there. A store that is closed before gives them up.
  ///
  /// - Parameters:
  ///   - prune: Whether definitions that are not among the given ones are removed.
  ///   - lagMax: The most records that publishing may still have to read itself; while more come in,
  ///     the thread goes on, as long as it gains on them.
  /// - Throws: What is wrong with a definition; `.backfill(.inProgress)` while others are on their way.
  /// - Complexity: O(definitions). The thread takes up to a quarter of the store's memory, and at the
  ///   most as long as `apply` would for what is in the log, and what comes in meanwhile.
  public func beginApplying(
    _ texts: [DefinitionText], prune: Bool = true, lagMax: UInt64 = 50_000
  ) throws(ApplyError) -> DefinitionBackfill {
    precondition(batch.count == 0, "definitions are begun between commits")
    publishFinishedBackfill()
    guard running == nil else { throw .backfill(.inProgress) }
    let job = try backfill(texts, prune: prune, surveys: false)
    guard case .scanning = job.status else { return job }
    let round = presentRound
    job.expect(round)
    guard let thread = WorkerThread({ job.work(from: round) }) else {
      throw .store(
        StoreError(.io(0), "no thread could be started; close other programs and try again"))
    }
    running = RunningBackfill(job: job, thread: thread, lagMax: lagMax)
    return job
  }

  /// Whether definitions are on their way.
  package var isApplying: Bool { running != nil }

  /// How often definitions have been applied.
  package var definitionsCount: Int { fold.state.definitions.elements.count }

  /// Publishes the definitions that were begun, if their history has been read; waits for nothing.
  ///
  /// What became of them is in their `status`: a failure concerns them alone.
  ///
  /// - Complexity: as `apply`, except for the reading of the log.
  public func publishFinishedBackfill() { publishFinishedBackfill { _ in } }

  private func publishFinishedBackfill(_ onProgress: (BackfillProgress) -> Void) {
    guard let running, batch.count == 0 else { return }
    if let through = running.job.madeThrough {
      let lag = lastSequence.value - through.value
      // A thread that does not gain on the input would go on forever.
      if lag > running.lagMax, lag / 3 * 4 < running.lag, failure == nil {
        self.running?.lag = lag
        return running.job.goOn(with: presentRound)
      }
      publish(running.job, onProgress)
    }
    switch running.job.status {
    case .published, .failed: endBackfill()
    case .scanning, .ready: break
    }
  }

  /// Whether `publishFinishedBackfill` has something to do.
  var hasNewsOfBackfill: Bool {
    guard let running else { return false }
    if case .scanning = running.job.status { return false }
    return true
  }

  private func publish(
    _ job: DefinitionBackfill, _ onProgress: (BackfillProgress) -> Void
  ) {
    guard let made = job.result else { return }
    do throws(ApplyError) {
      job.end(.published(try publish(job, made, onProgress)))
    } catch {
      job.end(.failed(error))
    }
  }

  /// Waits until the history has been read for definitions that were begun, and publishes them.
  ///
  /// - Parameter onProgress: Called now and then meanwhile, and at the end; must not use the store.
  /// - Returns: What they changed, also if they were published before.
  /// - Throws: Why they were not published; nothing has changed then.
  public func finishApplying(
    _ backfill: DefinitionBackfill, onProgress: (BackfillProgress) -> Void = { _ in }
  ) throws(ApplyError) -> DefinitionChanges {
    while true {
      publishFinishedBackfill(onProgress)
      switch backfill.status {
      case .published(let changes):
        onProgress(backfill.progress)
        return changes
      case .failed(let error): throw error
      case .scanning, .ready:
        precondition(running?.job === backfill, "the definitions were begun by this store")
        backfill.waitForNews()
        onProgress(backfill.progress)
      }
    }
  }

  /// Gives up what is on its way and waits for its thread.
  func endBackfill() {
    guard let running else { return }
    self.running = nil
    running.job.cancel()
    running.thread.join()
  }

  /// What is in the log now, to be read for new definitions.
  private var presentRound: DefinitionBackfill.Round {
    DefinitionBackfill.Round(log: directory.log.view(), now: logicalNow)
  }

  /// Applies definitions here and now.
  func applyHere(
    _ texts: [DefinitionText], prune: Bool, onProgress: (BackfillProgress) -> Void
  ) throws(ApplyError) -> DefinitionChanges {
    let job = try backfill(texts, prune: prune, surveys: true)
    guard case .scanning = job.status else { return job.changes }
    let made: SideCells.Result
    do throws(StoreError) {
      made = try job.scan(presentRound, onProgress: onProgress)
    } catch {
      throw .store(error)
    }
    let changes = try publish(job, made, onProgress)
    onProgress(job.progress)
    return changes
  }

  /// Checks definitions and prepares what folds the history for them.
  ///
  /// - Parameter surveys: Whether names are looked for that no event has.
  private func backfill(
    _ texts: [DefinitionText], prune: Bool, surveys: Bool
  ) throws(ApplyError) -> DefinitionBackfill {
    var changes = DefinitionChanges()
    let (records, checked, _) = try checkedDifference(
      texts, prune: prune, for: .defining, &changes)
    if surveys {
      do { changes.warnings = try unknownNames(in: texts, of: checked) } catch {
        throw .store(error)
      }
    }
    let zones = TimeZones.mentioned(in: records.map(\.text))
    do throws(StoreError) {
      if !records.isEmpty { try prepare(for: 0) }
      var set = fold.definitions
      try set.apply(
        recorded: DefinitionsRecord(appliedAt: logicalNow, changes: records, zones: zones))
      let plan = try EvaluationPlan(recorded: set, names: symbols)
      return DefinitionBackfill(
        changes, records: records.map { $0.naming(zones) }, zones: zones,
        slots: SlotBackfill(
          fold.plan.aggregates.count..<plan.aggregates.count, of: plan, as: fold),
        basis: backfillBasis, seed: fold.seed, runs: NamelessRuns(files: directory.runFiles),
        memoryMax: options.memoryBytesMax / 4)
    } catch {
      throw .store(error)
    }
  }

  private var backfillBasis: DefinitionBackfill.Basis {
    DefinitionBackfill.Basis(
      definitionCount: fold.state.definitions.elements.count,
      refoldedAt: fold.state.scalars.refoldedAt)
  }

  /// Puts definitions in force whose history has been folded separately, up to some record.
  private func publish(
    _ job: DefinitionBackfill, _ made: SideCells.Result,
    _ onProgress: (BackfillProgress) -> Void
  ) throws(ApplyError) -> DefinitionChanges {
    do throws(StoreError) { try makeReady() } catch { throw .store(error) }
    guard job.basis == backfillBasis else { throw .backfill(.outOfDate) }
    let before = fold.changes
    var changes = job.changes
    do throws(StoreError) {
      let sequence = try record(job, made, onProgress)
      changes.sequence = sequence
      job.notePublished(at: sequence)
      // So that opening the store need not pass over the log for the new aggregates again.
      checkpointOrNote()
    } catch {
      // What comes after the refused record may use them.
      for symbol in symbolsInHand { batch.use(symbol) }
      throw .store(error)
    }
    changes.memberships = fold.changes - before
    publishedChanges.add(changes.memberships)
    return changes
  }

  /// Records definitions as one input.
  private func record(
    _ job: DefinitionBackfill, _ made: SideCells.Result,
    _ onProgress: (BackfillProgress) -> Void
  ) throws(StoreError) -> SequenceNumber {
    let wall = options.environment.now()
    let input = DefinitionsRecord(appliedAt: wall, changes: job.records, zones: job.zones)
    return try withoutActuallyEscaping(onProgress) { (onProgress) throws(StoreError) in
      var context = FoldContext(log: directory.log.view())
      context.made = made
      context.onJudged = {
        job.noteJudged($0, of: $1)
        onProgress(job.progress)
      }
      return try record(
        .definitions(input), receivedAt: decisionInstant(wall), in: context)
    }
  }
}
