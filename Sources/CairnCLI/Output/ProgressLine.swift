// The line on standard error that a long command shows its progress on, and the clock for it.

import Bytes
import CairnServer

/// Progress on standard error.
///
/// A class, for closures that outlive the place they are written in.
final class ProgressLine {
  private let print: (String) throws -> Void
  private let clock = Stopwatch()
  private let isQuiet: Bool
  private var reporter: ProgressReporter

  init(_ label: String, isQuiet: Bool = false) {
    let errors = Output(descriptor: Output.standardError)
    print = { try errors.finish(with: $0) }
    self.isQuiet = isQuiet
    reporter = ProgressReporter(label: label, style: .fitting(Output.standardError))
  }

  /// Progress of a reading command.
  init(_ label: String, on console: any Console) {
    print = { try console.finish(with: $0, on: .errors) }
    isQuiet = false
    let style = console.surroundings.errorColumns.map {
      ProgressReporter.Style.terminal(columns: $0)
    }
    reporter = ProgressReporter(label: label, style: style ?? .lines)
  }

  /// Time since the start.
  var elapsed: Milliseconds { clock.elapsed }

  /// Shows how far something has come, now and then; a line that cannot be written is left out.
  func show(_ state: some ProgressState) {
    if !isQuiet { try? print(reporter.update(state)) }
  }

  /// Removes the line.
  func clear() { try? print(reporter.clear()) }
}
