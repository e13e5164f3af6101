// `cairn changes`: the change feed.

import Activation
import ArgumentParser
import Bytes
import Cairn
import Engine
import Profiles

/// Follows the changes of memberships.
struct ChangesCommand: ParsableCommand {
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

  func run() throws {
    let (page, entities, present) = try withReader(target) { store in
      let snapshot = try store.snapshot()
      let page = try snapshot.changes(after: after, limit: limit, audience: audience)
      let entities = try page.changes.map { try snapshot.entity(of: $0) }
      return (page, entities, snapshot.audienceNames)
    }
    warnIfUnknown(among: present)
    var table = OutputTable(
      ["cursor", "effective", "change", "audience", "entity", "profile id", "cause", "into"].map {
        OutputTable.Column($0)
      })
    for (change, entity) in zip(page.changes, entities) { table.add(Self.cells(change, entity)) }
    try show(
      json: format.json, text: { table.text + "next \(page.next)\n" },
      json: { json in
        json.beginObject()
        json.member("changes", arrayOf: zip(page.changes, entities)) { json, entry in
          entry.0.write(of: entry.1, to: &json)
        }
        json.member("next", page.next.description)
        json.endObject()
      })
  }

  /// Reports a name that no audience has now; a former audience of that name may still have changes.
  private func warnIfUnknown(among present: [String]) {
    guard let audience, !present.contains(audience) else { return }
    let near = NearName.of(audience, among: present).map { "; did you mean '\($0)'?" } ?? ""
    let text = visible("note: there is no audience '\(audience)' now\(near)") + "\n"
    try? Output(descriptor: Output.standardError).finish(with: text)
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
