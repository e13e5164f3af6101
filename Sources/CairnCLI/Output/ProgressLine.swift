// The line on standard error that a long command shows its progress on, and the clock for it.

import Bytes

/// Progress on standard error.
///
/// A class, for closures that outlive the place they are written in.
final class ProgressLine {
  private let errors = Output(descriptor: Output.standardError)
  private let clock = Stopwatch()
  private let isQuiet: Bool
  private var reporter: ProgressReporter

  init(_ label: String, isQuiet: Bool = false) {
    self.isQuiet = isQuiet
    reporter = ProgressReporter(label: label, style: .fitting(Output.standardError))
  }

  /// Time since the start.
  var elapsed: Milliseconds { clock.elapsed }

  /// Shows how far something has come, now and then; a line that cannot be written is left out.
  func show(_ state: some ProgressState) {
    if !isQuiet { try? errors.finish(with: reporter.update(state)) }
  }

  /// Removes the line.
  func clear() { try? errors.finish(with: reporter.clear()) }
}
