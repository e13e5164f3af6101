// `cairn subject export`: everything that a store knows about a person, in a directory of files.

import Activation
import ArgumentParser
import Bytes
import Cairn
import Engine
import Storage

/// The commands on the data of one person.
struct SubjectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "subject",
    abstract: "Export what is known about a person.",
    subcommands: [Export.self])

  /// Writes everything about persons.
  struct Export: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "export",
      abstract: "Write everything that the store knows about a person to a new directory.",
      discussion: """
        Any identifier selects the whole person, as with 'cairn erase', and the records that are written are \
        those that 'cairn erase' would remove or reduce: export first, then erase. Of events of other people \
        only the person's own identifiers are written. Each file holds one JSON object per line; index.json \
        describes the files, with the SHA-256 of each. The directory appears whole or not at all, and only its \
        owner can read it. The store's files are read, also while a server holds it.

        Example: cairn subject export shop email:jane@example.com --output jane
        """)

    @OptionGroup var target: StoreArgument

    @Argument(
      help: ArgumentHelp("Identifiers of the person.", valueName: "type:value"),
      transform: IdentifierArgument.init(argument:))
    var identifiers: [IdentifierArgument]

    @Option(
      help: ArgumentHelp(
        "The directory to create; it must not exist.", valueName: "directory"),
      completion: .directory)
    var output: String

    @OptionGroup var report: ReportOptions

    func run() throws {
      let place = try OutputFolder.Place(output)
      let names = identifiers.map(\.identifier)
      let progress = report.progress("subject export")
      let (index, unseen) = try withReader(target) { store in
        defer { progress.clear() }
        let unseen = try store.countOfNeverSeen(names)
        let folder = try OutputFolder(at: place)
        let index = try write(names, of: try store.snapshot(), to: folder, progress)
        try folder.commit()
        return (index, unseen)
      }
      try report.show(
        text: {
          index.table.text + "wrote what is known about "
            + Quantity.counted(index.profileIDs.count, "person", "persons")
            + " to \(visible(output)), as of \(Quantity.instant(index.asOf))\n"
        }, json: { index.write(to: &$0) })
      try noteNeverSeen(unseen)
    }

    /// Writes all files.
    ///
    /// - Throws: `CommandFailure` if nothing is known of anyone.
    private func write(
      _ names: [Identifier], of snapshot: Snapshot, to folder: OutputFolder,
      _ progress: ProgressLine
    ) throws -> SubjectIndex {
      let files = try SubjectFiles(in: folder)
      var export = try SubjectExport(of: names, in: snapshot)
      try files.writing { rows in
        try export.write(to: &rows) {
          progress.show(SearchState(progress: $0, elapsed: progress.elapsed))
        }
        try snapshot.visitDeliveries(of: export.profiles) { (delivery) throws(StoreError) in
          try rows.add(delivery)
        }
      }
      guard !export.isEmpty else {
        throw CommandFailure.notFound(
          "the store knows nobody by these identifiers", "check their types and values")
      }
      let index = SubjectIndex(
        storeID: ProfileID(snapshot.storeID).description, asOf: snapshot.asOf,
        lastRecord: snapshot.lastSequence.value, feedBeginsAfter: snapshot.horizon.value,
        profileIDs: try export.profiles.map { try snapshot.id(of: $0).description },
        identifiers: export.identifiers, files: files.entries())
      var json = JSONBuilder()
      index.write(to: &json)
      try folder.add(SubjectIndex.name).write(json.bytes + [0x0A])
      return index
    }
  }
}

/// How far a search of the log has come, in words.
private struct SearchState: ProgressState {
  let progress: LogProgress
  let elapsed: Milliseconds

  var fraction: Double? { progress.fraction }

  var summary: String {
    "searched \(Quantity.count(progress.records)) of "
      + Quantity.counted(Int(clamping: progress.recordsTotal), "record", "records")
  }
}
