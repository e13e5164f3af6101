// Progress of a long run, on standard error: a bar on a terminal, a plain line every few seconds
// elsewhere. Time comes in as a parameter, so tests need no clock.

import Bytes
import Glibc

/// The progress of something that takes a while.
protocol ProgressState {
  /// Time since its start.
  var elapsed: Milliseconds { get }
  /// How far it has come, from 0 to 1; nil if that is unknown.
  var fraction: Double? { get }
  /// The state in words.
  var summary: String { get }
}

extension ProgressState {
  /// The line for a terminal: a bar when the total is known and there is room, then the summary.
  func line(columns: Int) -> String {
    let room = columns - summary.count - 4
    guard let fraction, room >= 10 else { return String(summary.prefix(columns)) }
    let width = min(room, 40)
    let filled = Int(Double(width) * min(1, fraction))
    let bar = String(repeating: "#", count: filled) + String(repeating: "-", count: width - filled)
    return "[\(bar)] \(summary)"
  }
}

/// How far a run has come.
struct Progress: ProgressState, Equatable {
  /// What `done` and `total` count.
  enum Measure: Equatable {
    case bytes
    case records

    fileprivate func text(_ done: Int, of total: Int?) -> String {
      switch self {
      case .bytes:
        Quantity.bytes(done) + (total.map { " of \(Quantity.bytes($0))" } ?? "")
      case .records:
        (total.map { "\(Quantity.count(done)) of " + Quantity.counted($0, "record", "records") })
          ?? Quantity.counted(done, "record", "records")
      }
    }
  }

  var measure = Measure.bytes
  var done = 0
  /// All there is to go through; nil if unknown, as from a pipe.
  var total: Int?
  var events = 0
  var elapsed = Milliseconds(0)

  /// Events per second since the start; 0 in the first instant.
  var eventsPerSecond: Int {
    elapsed.value > 0 ? Int(Double(events) * 1000 / Double(elapsed.value)) : 0
  }

  /// Time left at the pace so far; nil if the total or the pace is unknown.
  var left: Milliseconds? {
    guard let total, done > 0, elapsed.value > 0 else { return nil }
    let rest = Double(max(0, total - done))
    let estimate = Double(elapsed.value) * rest / Double(done)
    // Beyond a year the pace says nothing.
    return estimate < 31_536_000_000 ? Milliseconds(Int64(estimate)) : nil
  }

  /// The state in words: `6.7MiB of 14.2MiB, 120,345 events, 98,000 events/s, 12.0 s left`.
  var summary: String {
    var parts = [measure.text(done, of: total)]
    parts.append(Quantity.counted(events, "event", "events"))
    parts.append("\(Quantity.count(eventsPerSecond)) events/s")
    if let left, done < total ?? 0 { parts.append("\(Quantity.duration(left)) left") }
    return parts.joined(separator: ", ")
  }

  var fraction: Double? {
    guard let total, total > 0 else { return nil }
    return Double(done) / Double(total)
  }
}

/// Shows progress now and then.
struct ProgressReporter {
  /// Where and how progress is shown.
  enum Style: Equatable {
    case terminal(columns: Int)
    case lines

    /// The style that fits a descriptor.
    static func fitting(_ descriptor: Int32) -> Style {
      guard Output.isTerminal(descriptor) else { return .lines }
      return .terminal(columns: Output.terminalColumns(descriptor) ?? 80)
    }

    /// The least time between two reports.
    var interval: Milliseconds {
      switch self {
      case .terminal: Milliseconds(100)
      case .lines: Milliseconds(5000)
      }
    }
  }

  let label: String
  let style: Style
  private var due: Milliseconds
  private var isLineOpen = false

  init(label: String, style: Style) {
    self.label = label
    self.style = style
    due = style.interval
  }

  /// What to print for the state `progress`: nothing if it is too early.
  mutating func update(_ progress: some ProgressState) -> String {
    guard progress.elapsed >= due else { return "" }
    due = Milliseconds(progress.elapsed.value + style.interval.value)
    switch style {
    case .terminal(let columns):
      isLineOpen = true
      // Back to the first column, the line, then erase what is left of the previous one.
      return "\r" + progress.line(columns: columns - 1) + "\u{1B}[K"
    case .lines:
      return "\(label): \(progress.summary)\n"
    }
  }

  /// What to print before anything else is: clears the bar.
  mutating func clear() -> String {
    guard isLineOpen else { return "" }
    isLineOpen = false
    return "\r\u{1B}[K"
  }
}

/// Time since the start of a run, from the monotonic clock.
struct Stopwatch {
  private let start = ContinuousClock.now

  var elapsed: Milliseconds {
    let (seconds, attoseconds) = start.duration(to: .now).components
    return Milliseconds(seconds * 1000 + attoseconds / 1_000_000_000_000_000)
  }
}
