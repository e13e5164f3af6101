// The commands on the store as a whole: `cairn stats`, `cairn verify`, `cairn rebuild`.

import ArgumentParser
import Cairn
import Engine

/// Prints statistics of the store.
struct StatsCommand: ReadingCommand {
  static let configuration = CommandConfiguration(
    commandName: "stats",
    abstract: "Print statistics: records, verdicts, profiles, files and sizes.",
    discussion: """
      Example: cairn stats shop --json
      """)

  @OptionGroup var target: StoreArgument
  @OptionGroup var format: FormatOptions

  func read(_ snapshot: Snapshot, on console: any Console) throws {
    let stats = try snapshot.stats()
    let fields = Self.fields(stats)
    let tables = Self.tables(stats)
    let shownTables = tables.rows.isEmpty ? "" : tables.text
    try console.show(
      json: format.json, text: { fields.text + shownTables + stats.times.text }
    ) { json in
      json.beginObject()
      fields.write(to: &json)
      json.key("tables")
      tables.write(to: &json)
      json.key("times")
      stats.times.write(to: &json)
      json.endObject()
    }
  }

  /// What the derived size consists of.
  private static func tables(_ stats: StoreStats) -> OutputTable {
    var table = OutputTable([
      .init("table"), .init("files"), .init("entries"), .init("size", key: "bytes"),
    ])
    for size in stats.tables {
      table.add([
        .text(size.name), .integer(size.files), .integer(Int64(clamping: size.entries)),
        .bytes(Int(clamping: size.bytes)),
      ])
    }
    return table
  }

  private static func fields(_ stats: StoreStats) -> FieldList {
    var fields = FieldList()
    fields.add("store id", .text(stats.storeID))
    fields.add("format version", .integer(Int(stats.formatVersion)))
    fields.add("logical now", stats.logicalNow.map { .instant($0) } ?? .absent)
    fields.add("clock", .text(stats.clock == .events ? "events" : "system"))
    fields.add("as of", .instant(stats.asOf))
    fields.add("records", .integer(Int64(clamping: stats.records)))
    fields.add("events", .integer(Int64(clamping: stats.events)))
    fields.add("omitted", .integer(Int64(clamping: stats.omitted)))
    fields.add("quarantined", .integer(Int64(clamping: stats.quarantined)))
    fields.add("profiles", .integer(stats.profiles))
    fields.add("accounts", .integer(stats.accounts))
    fields.add("identifiers", .integer(stats.identifiers))
    fields.add("sources", .list(stats.sources, separator: ", "))
    fields.add("traits", .integer(stats.traits))
    fields.add("audiences", .integer(stats.audiences))
    fields.add("symbols", .integer(stats.symbols))
    fields.add("log segments", .integer(stats.segments))
    fields.add("log size", .bytes(stats.logBytes), key: "log_bytes")
    fields.add("derived files", .integer(stats.runs))
    fields.add("derived size", .bytes(stats.derivedBytes), key: "derived_bytes")
    fields.add("checkpoint", .integer(Int64(clamping: stats.checkpoint)))
    fields.add("memory", .bytes(stats.memoryBytes), key: "memory_bytes")
    return fields
  }
}

/// Checks the store.
struct VerifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Check every file of the store; change nothing.",
    discussion: """
      Reads and checks every block. With --replay, the state is computed again from the log alone and \
      compared. The exit status is 1 if anything is damaged or differs.

      Example: cairn verify shop --replay
      """)

  @OptionGroup var target: StoreArgument

  @Flag(help: "Also compute the state again from the log, and compare.")
  var replay = false

  @OptionGroup var options: ReportOptions

  func run() throws {
    let report = try withReader(target, mayRepeat: { false }) { store in
      store.verify(replay: replay)
    }
    var fields = FieldList()
    fields.add("records", .integer(Int64(clamping: report.records)))
    fields.add("events", .integer(Int64(clamping: report.events)))
    fields.add("derived entries", .integer(Int64(clamping: report.derivedEntries)))
    fields.add("state hash", .text(report.stateHash.description))
    if let hash = report.replayHash { fields.add("replay hash", .text(hash.description)) }
    fields.add("sound", .flag(report.isSound))
    let problems = report.problems.map { "problem: \(visible($0))\n" }.joined()
    try options.show(text: { fields.text + problems }) { json in
      json.beginObject()
      fields.write(to: &json)
      json.key("problems")
      json.beginArray()
      for problem in report.problems { json.value(problem) }
      json.endArray()
      json.endObject()
    }
    guard report.isSound else { throw ProblemsFound() }
  }
}

/// Rebuilds the derived files.
struct RebuildCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rebuild",
    abstract: "Rebuild the derived files from the log.",
    discussion: """
      For a store whose indexes are damaged or missing. The log stays as it is, except that an interrupted \
      erasure is finished first; answers stay the same.

      Example: cairn rebuild shop
      """)

  @OptionGroup var target: StoreArgument
  @OptionGroup var report: ReportOptions

  func run() throws {
    let store = try Store.open(at: target.store)
    let found = store.opening
    note(found)
    target.sayRoute("opened for writing")
    // Opening may have had to do the same already.
    if found.rebuiltBecause == nil {
      let progress = report.progress("rebuild")
      defer { progress.clear() }
      try store.rebuildDerived {
        progress.show(FoldState(progress: $0, elapsed: progress.elapsed))
      }
      var repaired = store.opening.since(found)
      repaired.rebuiltBecause = nil
      note(repaired)
    }
    let now = store.logicalNow
    try store.close()
    var fields = FieldList()
    fields.add("as of", .instant(now))
    let text = "rebuilt the derived files from the log, as of \(Quantity.instant(now))\n"
    try report.show(text: { text }, json: { $0.object(fields) })
  }
}
