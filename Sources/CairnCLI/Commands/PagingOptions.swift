// Lists that are shown a page at a time.

import ArgumentParser
import Bytes
import Cairn

/// How much of a list to show, and where to continue.
struct PagingOptions: ParsableArguments {
  @Option(help: ArgumentHelp("The maximum number of rows, 1 to 10000.", valueName: "n"))
  var limit = 100

  @Option(
    help: ArgumentHelp("Continue after the cursor of the previous page.", valueName: "cursor"))
  var after: UInt32 = 0

  func validate() throws {
    guard (1...10_000).contains(limit) else { throw ValidationError("--limit takes 1 to 10000") }
  }

  /// Prints a page: the rows, the instant, and how to continue.
  func show(
    _ table: OutputTable, as name: String, next: UInt32?, asOf: Timestamp, json asJSON: Bool,
    on console: any Console
  ) throws {
    var fields = FieldList()
    fields.add("as of", .instant(asOf))
    fields.add("next", next.map { .integer(Int64($0)) } ?? .absent)
    try console.show(
      json: asJSON,
      text: {
        var text = table.rows.isEmpty ? "no \(name)\n" : table.text
        text += "\nas of \(asOf)\n"
        if let next { text += "there are more; go on with --after \(next)\n" }
        return text
      }
    ) { json in
      json.beginObject()
      fields.write(to: &json)
      json.key(name)
      table.write(to: &json)
      json.endObject()
    }
  }
}

/// How much of a person's or an account's page to show.
struct PageOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("How many of the latest events to show, 0 to 10000.", valueName: "n"))
  var events = 0

  func validate() throws {
    guard (0...10_000).contains(events) else {
      throw ValidationError("--events takes 0 to 10000")
    }
  }
}
