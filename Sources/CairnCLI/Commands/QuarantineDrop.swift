// `cairn quarantine drop`: lines that nobody will repair.

import ArgumentParser
import Bytes
import Cairn
import Engine
import Events

extension QuarantineCommand {
  /// Drops quarantined lines.
  struct Drop: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Remove lines from the quarantine permanently.",
      discussion: """
        Without --yes nothing is dropped, and the lines that would be dropped are counted. Dropped lines are \
        no longer listed, counted or tried again; if they are ingested again, they are duplicates. Their \
        text stays in the log until the persons named in it are erased.

        Example: cairn quarantine drop shop --code invalid_json --until 2026-03-01 --yes
        """)

    @OptionGroup var target: StoreArgument
    @OptionGroup var filter: Filter

    @Flag(help: "Drop the lines, rather than counting them.")
    var yes = false

    @OptionGroup var format: FormatOptions

    func run() throws {
      guard yes else { return try preview() }
      let count = try withStore(target) { store in
        try store.dropQuarantined(filter.filter)
      }
      var fields = FieldList()
      fields.add("dropped", .integer(count))
      try CairnCLI.show(json: format.json, text: { fields.text }, json: { $0.object(fields) })
    }

    private func preview() throws {
      var counts: [String: Int] = [:]
      try withReader(target) { store in
        try store.snapshot().visitQuarantine(filter.filter) { entry in
          counts[entry.problem.name, default: 0] += 1
        }
      }
      var table = OutputTable([.init("would be dropped", key: "code"), .init("lines")])
      for (code, count) in counts.sorted(by: { $0.key < $1.key }) {
        table.add([.text(code), .integer(count)])
      }
      let total = counts.values.reduce(0, +)
      let note =
        "nothing has been dropped; add --yes to drop "
        + Quantity.counted(total, "line", "lines") + ", which cannot be undone\n"
      try CairnCLI.show(
        json: format.json, text: { table.text + note },
        json: { json in
          json.beginObject()
          json.key("dropped")
          json.value(0)
          json.key("would_be_dropped")
          table.write(to: &json)
          json.endObject()
        })
    }
  }
}
