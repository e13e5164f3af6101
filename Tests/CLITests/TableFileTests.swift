// Tables with a mapping, from outside: previewed, taken in, taken in again.

import Foundation
import Testing

struct TableFileTests {
  private static let mapping = """
    type: track
    event: {column: action}
    separator: ";"
    columns:
      customer: userId
      mail: traits.email
      total: {to: properties.revenue, type: number, point: ","}
      day: {to: timestamp, type: date, format: dd.MM.yyyy, offset: "+01:00"}
    constants:
      properties.currency: EUR
      historical: true

    """
  private static let table = """
    action;customer;mail;total;day;unused
    Order Completed;c1;A@x.org;12,50;02.01.2026;x
    Order Completed;c1;;12,50;02.01.2026;x
    Order Completed;c2;;twelve;02.01.2026;x
    Order Completed;;;1;02.01.2026;x

    """

  private func filled() throws -> CommandLineRun {
    let run = try CommandLineRun()
    try run.write(Self.mapping, to: "orders.yaml")
    try run.write(Self.table, to: "orders.csv")
    #expect(try run.cairn("init", "shop").status == 0)
    return run
  }

  @Test func aTableIsPreviewedAndTakenIn() throws {
    let run = try filled()
    defer { run.remove() }
    let preview = try run.cairn(
      "ingest", "shop", "orders.csv", "--mapping", "orders.yaml", "--preview", "--json")
    #expect(preview.status == 0, "\(preview.errors)")
    #expect(
      preview.output.hasPrefix(
        #"{"rows":4,"accepted":2,"duplicates":0,"quarantined":2,"rejected":0,"more_rows":false,"#
          + #""events":[{"type":"track","event":"Order Completed","userId":"c1","#
          + #""timestamp":"2026-01-01T23:00:00.000Z","traits":{"email":"A@x.org"},"#
          + #""properties":{"revenue":12.50,"currency":"EUR"},"historical":true}"#))
    #expect(preview.output.contains("row 4, column 4 `total`: not a number"))
    #expect(try run.cairn("stats", "shop", "--json").output.contains(#""records":0"#))
    let arguments = ["ingest", "shop", "orders.csv", "--mapping", "orders.yaml"]
    let first = try run.cairn(arguments + ["--verdicts", "v.ndjson"])
    #expect(first.status == 1 && first.output.contains("accepted         2\n"))
    let verdicts = try run.read("v.ndjson").split(separator: "\n")
    #expect(verdicts[2].contains(#""line":4,"#))
    #expect(verdicts[2].contains(#""detail":"row 4, column 4 `total`: not a number""#))
    // Rows have no ids: the same table again is all duplicates.
    let again = try run.cairn(arguments)
    #expect(
      again.output.contains("duplicate        2\n") && again.output.contains("accepted         0\n")
    )
    let profile = try run.cairn("profile", "show", "shop", "email:a@x.org", "--json")
    #expect(profile.status == 0)
    let list = try run.cairn("quarantine", "list", "shop", "--code", "invalid_cell")
    #expect(list.output.contains("`total`: not a number"))
  }

  @Test(arguments: [
    ("type: tracks\n", "1:7: must be track"), ("columns: {a: userId}\n", "1:1: the key `type`"),
    ("type: page\ncolumns: {a: user}\n", "2:14: must be a member of an event"),
    ("type: page\ncolumns: {a: userId, b: userId}\n", "`userId` is mapped twice"),
    (
      "type: page\ncolumns: {a: properties.x, b: properties.x.y}\n",
      "`properties.x.y` is mapped twice"
    ),
    ("type: page\ncolumns: {a: {to: userId, type: int}}\n", "must be text, number"),
    (
      "type: page\ncolumns: {a: {to: timestamp, type: date, format: MM/yyyy}}\n",
      "it has no `dd`"
    ),
    (
      "type: page\ncolumns: {a: {to: timestamp, type: date, format: dd.MM.yyyy hh:mm}}\n",
      "it has `hh`"
    ),
    ("type: page\nheader: false\ncolumns: {a: userId}\n", "columns are numbers from 1"),
    ("type: page\nseparator: ab\n", "2:12: must be one ASCII character"), ("[", "not YAML"),
    ("type: page\ncolumn: {}\n", "2:1: unknown key"),
  ])
  func aWrongMappingSaysWhere(mapping: String, message: String) throws {
    let run = try filled()
    defer { run.remove() }
    try run.write(mapping, to: "wrong.yaml")
    let outcome = try run.cairn("ingest", "shop", "orders.csv", "--mapping", "wrong.yaml")
    #expect(outcome.status == 2)
    #expect(outcome.errors.contains(message), "\(outcome.errors)")
  }

  @Test func aTableWithoutTheColumnsIsRefused() throws {
    let run = try filled()
    defer { run.remove() }
    try run.write("a;b\n1;2\n", to: "other.csv")
    let outcome = try run.cairn("ingest", "shop", "other.csv", "--mapping", "orders.yaml")
    #expect(outcome.status == 3)
    #expect(outcome.errors.contains("other.csv has no column `action`, which the mapping names"))
  }
}
