// `cairn erase` and `cairn erasures`: removing people permanently, and the receipts.

import Activation
import ArgumentParser
import Bytes
import Cairn
import CairnServer
import Engine
import Storage

/// Erases people.
struct EraseCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "erase",
    abstract: "Erase persons permanently: their events, and everything derived from them.",
    discussion: """
      Any identifier selects the whole person. Without --yes nothing is erased, and what would be erased is \
      shown; to keep a copy for the person, run 'cairn subject export' first. Afterwards the only trace of the \
      person in the store is a keyed hash of each identifier. Events of other people that contain an identifier \
      lose it and stay, also if they are ingested later; new events of the person are refused. Backups and \
      files outside the store are not changed. Pending changes are delivered first. An erasure takes about \
      twice as long as the ingest did; if it is interrupted, the next command that opens the store continues it.

      Example: cairn erase shop email:jane@example.com --yes
      """)

  @OptionGroup var target: StoreArgument

  @Argument(
    help: ArgumentHelp("Identifiers of the persons.", valueName: "type:value"),
    transform: IdentifierArgument.init(argument:))
  var identifiers: [IdentifierArgument]

  @Flag(help: "Erase only these identifiers and their events, not the whole person.")
  var alone = false

  @Flag(help: "Erase, rather than showing what would be erased.")
  var yes = false

  @OptionGroup var report: ReportOptions

  func run() throws {
    let names = identifiers.map(\.identifier)
    guard yes else {
      let (plan, unseen) = try withReader(target) { store in
        (try store.erasurePlan(of: names, alone: alone), try store.countOfNeverSeen(names))
      }
      try show(
        json: report.format.json, text: { Self.text(plan) }, json: { Self.write(plan, to: &$0) })
      return try noteNeverSeen(unseen)
    }
    let progress = report.progress("erase")
    let answer = try changing(
      target,
      through: { server in
        try server.work("/v1/erasures", PersonsQuestion(names, alone: alone), progress)
      }
    ) { store in
      defer { progress.clear() }
      return try ErasureAnswer(names, alone: alone, in: store) {
        progress.show(EraseState(progress: $0, elapsed: progress.elapsed))
      }
    }
    guard let receipt = answer.receipt else {
      return try report.show(
        ErasureText.nothing, note: "all of these identifiers have been erased before\n")
    }
    let fields = ErasureText.fields(receipt)
    try report.show(fields, note: "in \(Quantity.duration(progress.elapsed))\n")
    try noteNeverSeen(answer.neverSeen)
  }

  private static func head(_ plan: ErasurePlan) -> FieldList {
    var fields = FieldList()
    fields.add("persons", .integer(Int64(plan.persons)))
    ErasureText.add(plan.extent, to: &fields)
    return fields
  }

  private static func table(_ plan: ErasurePlan) -> OutputTable {
    var table = OutputTable([.init("would be erased")])
    for identifier in plan.identifiers { table.add([.text(identifier.description)]) }
    return table
  }

  private static func text(_ plan: ErasurePlan) -> String {
    guard !plan.identifiers.isEmpty || plan.persons > 0 || plan.extent != ErasureExtent() else {
      return head(plan).text + "\nall of these identifiers have been erased before\n"
    }
    return head(plan).text + "\n" + table(plan).text
      + "nothing has been erased; add --yes to erase them, which cannot be undone\n"
  }

  private static func write(_ plan: ErasurePlan, to json: inout JSONBuilder) {
    json.beginObject()
    head(plan).write(to: &json)
    json.key("identifiers")
    json.beginArray()
    for identifier in plan.identifiers { json.value(identifier.description) }
    json.endArray()
    json.endObject()
  }
}

/// Lists the erasures.
struct ErasuresCommand: ReadingCommand {
  static let configuration = CommandConfiguration(
    commandName: "erasures",
    abstract: "List the receipts of all erasures.",
    discussion: """
      A receipt says when and how much, but not whom.

      Example: cairn erasures shop
      """)

  @OptionGroup var target: StoreArgument
  @OptionGroup var format: FormatOptions

  func read(_ snapshot: Snapshot, on console: any Console) throws {
    var table = OutputTable([
      .init("record"), .init("requested"), .init("finished"), .init("persons"),
      .init("identifiers", key: "identifier_count"), .init("events"),
      .init("events of others reduced"),
      .init("quarantined lines"), .init("quarantined lines reduced"), .init("records blanked"),
      .init("feed begins after"),
    ])
    for receipt in snapshot.erasures {
      table.add([
        .integer(Int64(clamping: receipt.sequence.value)), .instant(receipt.requested),
        .instant(receipt.finished), .integer(Int64(receipt.persons)),
        .integer(Int64(receipt.identifiers)), .integer(Int64(clamping: receipt.extent.events)),
        .integer(Int64(clamping: receipt.extent.eventsOfOthers)),
        .integer(Int64(clamping: receipt.extent.lines)),
        .integer(Int64(clamping: receipt.extent.linesOfOthers)),
        .integer(Int64(clamping: receipt.records)),
        .integer(Int64(clamping: receipt.horizon.value)),
      ])
    }
    try console.show(
      json: format.json, text: { table.text }, json: { table.write(to: &$0) })
  }
}

/// What an erasure takes, field by field: in a preview and in a receipt under the same names.
private enum ErasureText {
  static func add(_ extent: ErasureExtent, to fields: inout FieldList) {
    fields.add("events", .integer(Int64(clamping: extent.events)))
    fields.add("events of others reduced", .integer(Int64(clamping: extent.eventsOfOthers)))
    fields.add("quarantined lines", .integer(Int64(clamping: extent.lines)))
    fields.add("quarantined lines reduced", .integer(Int64(clamping: extent.linesOfOthers)))
    fields.add("records blanked", .integer(Int64(clamping: extent.records)))
  }

  /// The result of an erasure of identifiers that have been erased before.
  static var nothing: FieldList {
    var fields = FieldList()
    fields.add("persons", .integer(0))
    fields.add("identifiers", .integer(0), key: "identifier_count")
    add(ErasureExtent(), to: &fields)
    return fields
  }

  static func fields(_ receipt: ErasureForm) -> FieldList {
    var fields = FieldList()
    fields.add("record", .integer(Int64(clamping: receipt.record)))
    fields.add("requested", .instant(receipt.requested))
    fields.add("finished", .instant(receipt.finished))
    fields.add("persons", .integer(Int64(receipt.persons)))
    fields.add(
      "identifiers", .integer(Int64(receipt.identifierCount)), key: "identifier_count")
    add(receipt.extent, to: &fields)
    fields.add("feed begins after", .integer(Int64(clamping: receipt.feedBeginsAfter)))
    fields.add("segments rewritten", .integer(Int64(receipt.segmentsRewritten)))
    fields.add("log", .bytes(Int(clamping: receipt.logBytes)), key: "log_bytes")
    return fields
  }
}

/// How far an erasure has come, in words.
struct EraseState: ProgressState {
  let progress: ErasureProgress
  let elapsed: Milliseconds

  var fraction: Double? {
    switch progress {
    case .folding(let log): return FoldState(progress: log, elapsed: elapsed).fraction
    case .blanking(let blanking):
      guard blanking.segments > 0 else { return nil }
      return Double(blanking.searched + blanking.rewritten)
        / Double(blanking.segments + blanking.toRewrite)
    case .waiting: return nil
    }
  }

  var summary: String {
    switch progress {
    case .folding(let log): return FoldState(progress: log, elapsed: elapsed).summary
    case .blanking(let blanking):
      guard blanking.toRewrite > 0 else {
        return "searched \(blanking.searched) of "
          + Quantity.counted(blanking.segments, "segment", "segments")
      }
      return "rewritten \(blanking.rewritten) of "
        + Quantity.counted(blanking.toRewrite, "segment", "segments")
    case .waiting: return "waiting for readers of replaced files, a minute at most"
    }
  }
}
