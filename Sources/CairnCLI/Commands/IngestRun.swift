// One run of `cairn ingest`: files one after the other, progress, verdicts, a summary.

import Bytes
import Cairn
import Engine
import Events
import Glibc
import Storage

/// The result of a run of `cairn ingest` so far.
final class IngestRun {
  private let store: Store
  private let options: IngestOptions
  /// Lines that were not accepted.
  private let rejected: OutputFile?
  /// All lines.
  private let verdicts: OutputFile?
  private let errors = Output(descriptor: Output.standardError)
  private let isQuiet: Bool
  private let clock = Stopwatch()
  private var reporter = ProgressReporter(
    label: "ingest", style: .fitting(Output.standardError))
  /// Bytes and lines of the inputs before the present one.
  private var bytesBefore = 0
  private var bytesTotal: Int?
  private var total: IngestSummary?
  /// Lines by the name of their problem.
  private var problems: [String: Int] = [:]
  private var failure: CommandFailure?

  /// Definitions that are applied meanwhile.
  private var definitions: DefinitionBackfill?
  /// What they changed, once they are in force.
  private var applied: DefinitionChanges?

  private static let examplesMax = 5
  private var examples = 0

  init(
    store: Store, options: IngestOptions, rejected: OutputFile? = nil,
    verdicts: OutputFile? = nil, isQuiet: Bool = false
  ) {
    self.isQuiet = isQuiet
    self.store = store
    self.options = options
    self.rejected = rejected
    self.verdicts = verdicts
  }

  /// Whether every line was accepted or known, with a time that can be read if it has one.
  var isClean: Bool { problems.isEmpty && total?.times.unreadable ?? 0 == 0 }

  /// Ingests files one after the other.
  ///
  /// A run that fails halfway still leaves the lines it found: those after them are in the store.
  func run(_ files: [String]) throws {
    bytesTotal = Self.totalBytes(files)
    do {
      for file in files { try ingest(file) }
    } catch {
      // The first error is the one to report. A list that could not be written whole replaces nothing.
      if failure == nil {
        try? rejected?.commit()
        try? verdicts?.commit()
      }
      throw error
    }
    try rejected?.commit()
    try verdicts?.commit()
  }

  /// Begins to apply definitions, to be published while the files come in.
  func apply(_ texts: [DefinitionText]) throws {
    definitions = try applying { () throws(ApplyError) in
      try store.beginApplying(texts, prune: false)
    }
  }

  /// Waits until the definitions are in force.
  func finishDefinitions() throws {
    guard let definitions else { return }
    let progress = ProgressLine("apply", isQuiet: isQuiet)
    defer { progress.clear() }
    applied = try applying { () throws(ApplyError) in
      try store.finishApplying(definitions) {
        progress.show(ApplyState(progress: $0, elapsed: progress.elapsed))
      }
    }
  }

  private func ingest(_ file: String) throws {
    do { try takeIn(file) } catch {
      clear()
      if total?.verdicts.lines ?? 0 > 0 || definitions != nil { try noteStopped() }
      throw error
    }
    clear()
    if let failure { throw failure }
  }

  private func takeIn(_ file: String) throws {
    do {
      let summary = try withInput(file) { descriptor in
        try store.ingest(
          descriptor: descriptor, options: options,
          onVerdict: { self.note($0, of: file) }, onProgress: { self.show($0) })
      }
      add(summary)
      if summary.hasNoRows {
        clear()
        noteNoRows(in: file)
      }
    } catch let error as IngestFailure {
      add(error.summary)
      throw error.reason.failure(of: file)
    }
  }

  /// Says that logical time is moved by something else from now on.
  private func note(formerClock: IngestClock) {
    clear()
    let (then, now) =
      switch formerClock {
      case .events: ("the events", "this machine's clock")
      case .system: ("this machine's clock", "the events")
      }
    try? errors.finish(
      with:
        "note: the store's time follows \(now) from this input on; before, it followed \(then)\n")
  }

  /// Says how far an input got before it stopped.
  private func noteStopped() throws {
    let lines = total?.verdicts.lines ?? 0
    try errors.finish(
      with:
        "note: \(Quantity.counted(lines, "line is", "lines are")) in the store; once the cause is removed, ingest "
        + "the same input again to continue\n")
    if let definitions, !definitions.isPublished {
      try errors.finish(with: "note: the definitions are not in force; apply them again\n")
    }
  }

  private func add(_ summary: IngestSummary) {
    if let former = summary.formerClock { note(formerClock: former) }
    bytesBefore += summary.bytes
    guard var total else {
      self.total = summary
      return
    }
    total.verdicts.accepted += summary.verdicts.accepted
    total.verdicts.duplicates += summary.verdicts.duplicates
    total.verdicts.conflicts += summary.verdicts.conflicts
    total.verdicts.quarantined += summary.verdicts.quarantined
    total.verdicts.rejected += summary.verdicts.rejected
    total.verdicts.withoutErased += summary.verdicts.withoutErased
    total.verdicts.omitted += summary.verdicts.omitted
    total.memberships.entered += summary.memberships.entered
    total.memberships.exited += summary.memberships.exited
    total.memberships.merged += summary.memberships.merged
    total.times.add(summary.times)
    self.total = total
  }

  private func show(_ progress: IngestProgress) {
    guard !isQuiet else { return }
    let state = Progress(
      done: bytesBefore + progress.bytes, total: bytesTotal,
      events: (total?.verdicts.lines ?? 0) + progress.counts.lines, elapsed: clock.elapsed)
    try? errors.finish(with: reporter.update(state))
  }

  private func clear() { try? errors.finish(with: reporter.clear()) }

  private func note(_ line: LineVerdict, of file: String) {
    write(line, of: file, to: verdicts)
    let problem: EventProblem
    switch line.verdict {
    case .accepted where line.clock?.verdict == .unparseable:
      return show(
        "accepted: the time cannot be read; the event counts from its receipt", line, file)
    case .accepted, .duplicate(_, isSame: true): return
    case .duplicate(_, isSame: false):
      write(line, of: file, to: rejected)
      return
    case .quarantined(_, let reason), .rejected(let reason): problem = reason
    }
    write(line, of: file, to: rejected)
    let verdict = line.verdict.name
    problems["\(verdict): \(problem.name)", default: 0] += 1
    show("\(verdict): \(problem.sentence(detail: line.detail))", line, file)
  }

  /// Says what is wrong with a line, of the first few.
  private func show(_ sentence: String, _ line: LineVerdict, _ file: String) {
    guard !isQuiet, examples < Self.examplesMax else { return }
    examples += 1
    clear()
    let input = file == "-" ? "standard input" : file
    let place = "\(input):\(line.line)" + (line.item > 0 ? ", event \(line.item)" : "")
    try? errors.finish(with: visible("\(place): \(sentence)") + "\n")
  }

  private func write(_ line: LineVerdict, of file: String, to list: OutputFile?) {
    guard let list, failure == nil else { return }
    var json = JSONBuilder()
    json.beginObject()
    json.key("file")
    json.value(file)
    json.line(line)
    json.endObject()
    do throws(CommandFailure) { try list.output.write(json.text + "\n") } catch {
      failure = error
    }
  }

  /// The summary, as text.
  var summary: String {
    guard let counts = total?.verdicts else { return "" }
    var table = OutputTable([.init("verdict"), .init("lines")])
    table.add([.text("accepted"), .integer(counts.accepted)])
    table.add([.text("duplicate"), .integer(counts.duplicates)])
    if counts.conflicts > 0 {
      table.add([.text("duplicate, other content"), .integer(counts.conflicts)])
    }
    table.add([.text("quarantined"), .integer(counts.quarantined)])
    table.add([.text("rejected"), .integer(counts.rejected)])
    if counts.withoutErased > 0 {
      table.add([.text("without erased values"), .integer(counts.withoutErased)])
    }
    if counts.omitted > 0 {
      table.add([.text("with omitted members"), .integer(counts.omitted)])
    }
    var text = table.text
    if !problems.isEmpty {
      var table = OutputTable([.init("reason"), .init("lines")])
      for (reason, count) in problems.sorted(by: { $0.key < $1.key }) {
        table.add([.text(reason), .integer(count)])
      }
      text += "\n" + table.text
    }
    if let times = total?.times.text, !times.isEmpty { text += "\n" + times }
    if let changes = total?.memberships.summary { text += changes + "\n" }
    let progress = Progress(done: bytesBefore, events: counts.lines, elapsed: clock.elapsed)
    if let applied { text += applied.publishedText }
    return text + "\(progress.summary), in \(Quantity.duration(clock.elapsed))\n"
  }

  /// Why lines were not accepted, for programs.
  private var reasons: OutputTable {
    var table = OutputTable([.init("verdict"), .init("code"), .init("lines")])
    for (reason, count) in problems.sorted(by: { $0.key < $1.key }) {
      let parts = reason.split(separator: ": ", maxSplits: 1).map { OutputCell.text(String($0)) }
      table.add(parts + [.integer(count)])
    }
    return table
  }

  /// The summary, as JSON; what became of the definitions is in it once they are in force.
  func write(to json: inout JSONBuilder) {
    let summary = total ?? IngestSummary()
    let counts = summary.verdicts
    json.beginObject()
    for (name, count) in [
      ("accepted", counts.accepted), ("duplicates", counts.duplicates),
      ("conflicts", counts.conflicts), ("quarantined", counts.quarantined),
      ("rejected", counts.rejected), ("without_erased_values", counts.withoutErased),
      ("omitted", counts.omitted),
      ("bytes", bytesBefore),
    ] {
      json.key(name)
      json.value(count)
    }
    json.key("reasons")
    reasons.write(to: &json)
    json.key("memberships")
    summary.memberships.write(to: &json)
    json.key("times")
    summary.times.write(to: &json)
    if let applied {
      json.key("definitions")
      applied.writeApplied(to: &json)
    }
    json.endObject()
  }

  /// The bytes of all files, or nil if one has no size.
  private static func totalBytes(_ files: [String]) -> Int? {
    var total = 0
    for file in files {
      var status = stat()
      guard file != "-", stat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
        return nil
      }
      total += Int(status.st_size)
    }
    return total
  }
}

/// Says on standard error that a table has no rows, which is more likely a mistake than meant.
///
/// If that cannot be written, the command continues anyway.
func noteNoRows(in file: String) {
  let input = file == "-" ? "standard input" : file
  try? Output(descriptor: Output.standardError).finish(
    with: visible("note: \(input) has a header and no rows") + "\n")
}
