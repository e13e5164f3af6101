// `cairn ingest`: events in.

import ArgumentParser
import Cairn
import Engine
import Glibc

/// Ingests events.
struct IngestCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ingest",
    abstract: "Ingest events of the Segment spec: JSON, or tables with a mapping.",
    discussion: """
      JSON may be events, batch bodies and lists of events in any mixture, one per line or over several \
      lines; input compressed with gzip or Zstandard is read directly. Each line gets a verdict: accepted, \
      duplicate, quarantined (kept, but not used) or rejected (not kept). The exit status is 1 if any line \
      was quarantined or rejected. Repeating an interrupted run is safe: events that were already ingested \
      are duplicates. SIGINT and SIGTERM end a run once what has been read is committed. With \
      --apply, the history is read for the definitions while events come in, and all of them take effect at \
      once, at the record that the summary names.

      Example: cairn ingest shop orders.ndjson --clock events --apply definitions/
      """)

  /// Records per commit.
  static let batchDefault = 10_000
  static let batchMax = 100_000

  @OptionGroup var target: StoreArgument

  @Argument(
    help: ArgumentHelp("Files to read, in this order; - is standard input.", valueName: "file"),
    completion: .file())
  var files: [String]

  @Option(
    help: ArgumentHelp(
      "The source of the events; message ids are compared per source.", valueName: "name"))
  var source = "default"

  @Option(
    help: ArgumentHelp(
      "Read any mixture of events, batches and lists (auto, batch), or one event per line.",
      valueName: "form"))
  var format = InputFormatArgument.auto

  @Option(help: "Whether logical time follows this machine or, for the past, the events.")
  var clock = ClockArgument.system

  @Option(help: ArgumentHelp("The most records to commit together, 1 to 100000.", valueName: "n"))
  var batch = batchDefault

  @Option(
    help: ArgumentHelp(
      "Write a JSON object for each line that was not accepted to this file.", valueName: "file"),
    completion: .file())
  var rejected: String?

  @Option(
    help: ArgumentHelp(
      "Write a JSON object with the verdict of every line to this file.", valueName: "file"),
    completion: .file())
  var verdicts: String?

  @Option(
    help: ArgumentHelp(
      "The files are tables (CSV); this file says what their columns mean.", valueName: "file"),
    completion: .file())
  var mapping: String?

  @Option(
    help: ArgumentHelp(
      "Apply the definitions in this YAML file or directory meanwhile.", valueName: "path"),
    completion: .file())
  var apply: String?

  @Flag(help: "Write nothing; show what the first 1,000 rows would become.")
  var preview = false

  @OptionGroup var report: ReportOptions

  func validate() throws {
    guard (1...Self.batchMax).contains(batch) else {
      throw ValidationError("--batch takes 1 to \(Self.batchMax)")
    }
    let inputs = files + [mapping, apply].compactMap { $0 }
    guard inputs.count(where: { GivenDescriptor.ofInput($0) == STDIN_FILENO }) <= 1 else {
      throw ValidationError("standard input can be read only once")
    }
    guard !preview || (files.count == 1 && rejected == nil && verdicts == nil && apply == nil)
    else {
      throw ValidationError("--preview takes one file, no file for verdicts and no --apply")
    }
    guard !source.isEmpty else { throw ValidationError("--source takes a name") }
  }

  func run() throws {
    var options = IngestOptions()
    options.source = source
    options.clock = clock == .events ? .events : .system
    options.batchRecords = batch
    options.format = try inputFormat()
    guard !preview else { return try showPreview(options) }
    let definitionFiles = try apply.map { path in try CairnCLI.definitionFiles(path) } ?? []
    let definitions = apply == nil ? nil : try readDefinitions(definitionFiles)
    for file in files { try requireInputFile(file, for: .events) }
    let file = try rejected.map { path in try OutputFile(path) }
    let all = try verdicts.map { path in try OutputFile(path) }
    try OutputFile.requireDistinct(
      [file, all], from: files + definitionFiles + [mapping].compactMap { $0 })
    let interruption = Interruption()
    let stop = IngestStop()
    interruption.onSignal { stop.request() }
    options.stop = stop
    let isTaken = file?.isStandardOutput == true || all?.isStandardOutput == true
    let run = IngestRun(rejected: file, verdicts: all, isQuiet: report.quiet, stop: stop)
    let place = isTaken ? Output.standardError : Output.standardOutput
    try changing(
      target,
      through: { server in
        interruption.release()
        try refuseForServer(server)
        let mapping = try self.mapping.map { try readText($0) }
        let ingest = ServedIngest(
          store: target.store, source: source, format: format, mapping: mapping,
          wantsVerdicts: all != nil)
        try run.run(files) { try ingest.take($0, $1, into: run) }
        try report.show(to: place, text: { run.summary }, json: { run.write(to: &$0) })
      }
    ) { store in
      if let definitions { try run.apply(definitions, to: store) }
      try run.run(files) { descriptor, file in
        try store.ingest(
          descriptor: descriptor, options: options, onVerdict: { run.note($0, of: file) },
          onProgress: { run.show($0) })
      }
      let applied = Result { if !run.isStopped { try run.finishDefinitions(in: store) } }
      try report.show(to: place, text: { run.summary }, json: { run.write(to: &$0) })
      try applied.get()
    }
    interruption.endProcess()
    guard run.isClean else { throw ProblemsFound() }
  }

  /// Refuses what makes no sense while a server has the store open.
  private func refuseForServer(_ server: ServerConnection) throws {
    guard clock == .system else {
      throw CommandFailure(
        status: .refused,
        what: "the server on \(server.path) has the store open, and time there follows this "
          + "machine's clock and not the events",
        remedy: "ingest without --clock events; an event with \"historical\":true counts from its "
          + "own time, as an import of the past does")
    }
    guard apply == nil else {
      throw CommandFailure(
        status: .refused, what: "the server on \(server.path) has the store open",
        remedy: "run 'cairn apply' meanwhile, which then reads the history while events come in")
    }
  }

  private func inputFormat() throws -> InputFormat {
    guard let mapping else { return format == .lines ? .lines : .json }
    let text = try readText(mapping)
    do { return .table(try MappingFile.read(text, file: mapping)) } catch { throw failure(error) }
  }

  private func showPreview(_ options: IngestOptions) throws {
    let file = files[0]
    let preview = try withReader(target, mayRepeat: { false }) { store in
      try withInput(file) { descriptor in
        do { return try store.preview(descriptor: descriptor, options: options) } catch let error
          as IngestFailure
        {
          throw error.reason.failure(of: file)
        }
      }
    }
    if preview.hasNoRows { noteNoRows(in: file) }
    let text = PreviewText(preview: preview)
    try show(json: report.format.json, text: { text.text }, json: { text.write(to: &$0) })
  }
}
