// A thread for something that blocks for as long as it likes, and the end of it.

import Engine

/// A thread that is waited for without blocking another one.
enum CommandThread {
  /// Runs `body` on a new thread and returns once that thread has ended.
  ///
  /// - Returns: False if the system refuses a thread; then `body` is not run.
  static func run(_ body: @escaping @Sendable () -> Void) async -> Bool {
    var thread: WorkerThread?
    let hasRun = await withCheckedContinuation { ended in
      thread = WorkerThread {
        body()
        ended.resume(returning: true)
      }
      if thread == nil { ended.resume(returning: false) }
    }
    // It is about to end: nothing may be left of it when the process exits.
    thread?.join()
    return hasRun
  }
}
