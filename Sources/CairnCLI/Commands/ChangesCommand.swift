// `cairn changes`: the change feed.

import Activation
import ArgumentParser
import Bytes
import Cairn
import Engine
import Profiles
import Storage

/// Follows the changes of memberships.
struct ChangesCommand: ReadingCommand {
  static let configuration = CommandConfiguration(
    commandName: "changes",
    abstract: "List changes of memberships in log order, starting after a cursor.",
    discussion: """
      A cursor is the last 'next' that this command printed; 0 is the beginning. Each change carries the \
      exact instant from which it holds. If changes after a cursor have been erased or rolled up, they are \
      gone (status 3): read the current members and continue from the end.

      Example: cairn changes shop --after 0 --limit 100
      """)

  @OptionGroup var target: StoreArgument

  @Option(
    help: ArgumentHelp("The cursor to continue from.", valueName: "cursor"), transform: readCursor)
  var after: FeedCursor

  @Option(help: ArgumentHelp("The maximum number of changes to list.", valueName: "n"))
  var limit = 1000

  @Option(help: ArgumentHelp("Only changes of this audience.", valueName: "name"))
  var audience: String?

  @OptionGroup var format: FormatOptions

  func validate() throws {
    guard (1...1_000_000).contains(limit) else {
      throw ValidationError("--limit takes 1 to 1000000")
    }
  }

  func read(_ snapshot: Snapshot, on console: any Console) throws {
    try ConsolePieces.writing(of: console) { pieces in
      if format.json {
        try writeJSON(snapshot, to: pieces)
      } else {
        var next = after
        let table = LongTable(
          ["cursor", "effective", "change", "audience", "entity", "profile id", "cause", "into"]
            .map { OutputTable.Column($0) })
        try table.writeWithHeading(to: pieces) { add in
          next = try visit(snapshot) { (change, entity) throws(StoreError) in
            try add(Self.cells(change, entity))
          }
        }
        try pieces.take(Array("next \(next)\n".utf8))
      }
      warnIfUnknown(among: snapshot.audienceNames, on: console)
    }
    try console.flush(.output)
  }

  /// How many changes are held at once.
  private static let pageMax = 4096

  /// The changes that are wanted, with what their profiles are; returns where to continue.
  private func visit(
    _ snapshot: Snapshot,
    _ body: (RecordedMembershipChange, EntityKind) throws(StoreError) -> Void
  ) throws(StoreError) -> FeedCursor {
    var (next, rest) = (after, limit)
    while true {
      let wanted = min(rest, Self.pageMax)
      let page = try snapshot.changes(after: next, limit: wanted, audience: audience)
      for change in page.changes { try body(change, try snapshot.entity(of: change)) }
      next = page.next
      rest -= page.changes.count
      guard page.changes.count == wanted, rest > 0 else { return next }
    }
  }

  private func writeJSON(
    _ snapshot: Snapshot, to pieces: ConsolePieces
  ) throws(StoreError) {
    var json = JSONBuilder()
    json.beginObject()
    json.key("changes")
    json.beginArray()
    let next = try visit(snapshot) { (change, entity) throws(StoreError) in
      change.write(of: entity, to: &json)
      try pieces.take(json.take())
    }
    json.endArray()
    json.member("next", next.description)
    json.endObject()
    try pieces.take(json.take() + [0x0A])
  }

  /// Reports a name that no audience has now; a former audience of that name may still have changes.
  private func warnIfUnknown(among present: [String], on console: any Console) {
    guard let audience, !present.contains(audience) else { return }
    let near = NearName.of(audience, among: present).map { "; did you mean '\($0)'?" } ?? ""
    let text = visible("note: there is no audience '\(audience)' now\(near)") + "\n"
    try? console.finish(with: text, on: .errors)
  }

  private static func cells(_ change: RecordedMembershipChange, _ entity: EntityKind)
    -> [OutputCell]
  {
    [
      .text(change.cursor.description), .instant(change.effective), .text(change.kindName),
      .text(change.audience), .text(entity.name), .text(change.id.description),
      .text(change.cause.name), change.survivor.map { .text($0.description) } ?? .absent,
    ]
  }
}

/// A place in the change feed on the command line.
///
/// - Throws: `ValidationError`, which shows the form.
func readCursor(_ argument: String) throws -> FeedCursor {
  guard let cursor = FeedCursor(argument) else {
    throw ValidationError("a cursor looks like 12.3 or 12, and 0 is the beginning")
  }
  return cursor
}
