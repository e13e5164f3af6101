// Work that goes on while the writer folds the next events: compressing and syncing a batch, writing a
// checkpoint's files. One job at a time for each of them, on a thread that waits for the next.

import Glibc

/// When background work is done.
///
/// Answers and files are the same in each mode; only what happens meanwhile differs. The last two are for
/// simulated disks, on which the order of calls must be the same in every run.
package enum BackgroundMode: Sendable {
  /// On threads of its own.
  case threads
  /// Before the writer goes on.
  case atOnce
  /// Not before somebody waits for it.
  case late
}

/// Does jobs in their order, away from the thread that starts them.
final class BackgroundWork {
  private let mode: BackgroundMode
  private var jobs: BoundedQueue<@Sendable () -> Void>?
  private var thread: WorkerThread?

  init(_ mode: BackgroundMode) { self.mode = mode }

  deinit {
    jobs?.close()
    thread?.join()
  }

  /// Starts a job.
  ///
  /// At once, on this thread, if the system refuses another.
  ///
  /// - Parameter onDone: Called when the job is done, on the thread that did it; not if it is done late.
  func start<Result: Sendable>(
    onDone: (@Sendable () -> Void)? = nil, _ body: @escaping @Sendable () -> Result
  ) -> Job<Result> {
    let job = Job(isLate: mode == .late, body)
    guard mode != .late else { return job }
    let run: @Sendable () -> Void = {
      job.run()
      onDone?()
    }
    if mode == .atOnce || !queue(run) { run() }
    return job
  }

  private func queue(_ job: @escaping @Sendable () -> Void) -> Bool {
    if thread == nil {
      let jobs = BoundedQueue<@Sendable () -> Void>(capacity: 4)
      thread = WorkerThread { while let job = jobs.pop() { job() } }
      self.jobs = thread == nil ? nil : jobs
    }
    return jobs?.push(job) ?? false
  }
}

/// One piece of background work and its result.
final class Job<Result: Sendable>: Sendable {
  private let body: @Sendable () -> Result
  private let isLate: Bool
  private let results = BoundedQueue<Result>(capacity: 1)

  fileprivate init(isLate: Bool, _ body: @escaping @Sendable () -> Result) {
    self.isLate = isLate
    self.body = body
  }

  fileprivate func run() { _ = results.push(body()) }

  /// Whether `wait` would return at once.
  var isDone: Bool { results.isReady }

  /// Waits for the result.
  ///
  /// To be called exactly once.
  func wait() -> Result {
    if isLate { return body() }
    guard let result = results.pop() else { preconditionFailure("nobody closes a job's results") }
    return result
  }
}
