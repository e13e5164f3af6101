// `cairn export --format google|meta` from outside: the file, its mode, the counts, and what is refused.

import Foundation
import Testing

struct AdExportCommandTests {
  private static let events = """
    {"type":"identify","messageId":"1","userId":"a","timestamp":"2024-01-01T00:00:00Z","traits":{"email":"Test@Example.com"}}
    {"type":"track","event":"Left","messageId":"2","userId":"b","timestamp":"2024-01-02T00:00:00Z"}

    """

  private func filled() throws -> CommandLineRun {
    let run = try CommandLineRun()
    try run.write(Self.events, to: "events.ndjson")
    try run.write(
      "audiences:\n  everyone: 'count(*) >= 1'\n  left: 'performed(\"Left\")'\n", to: "d.yaml")
    _ = try run.cairn("init", "shop")
    #expect(try run.cairn("apply", "shop", "d.yaml").status == 0)
    #expect(try run.cairn("ingest", "shop", "events.ndjson", "--clock", "events").status == 0)
    return run
  }

  @Test func theFileIsPrivateAndTheCountsAreTold() throws {
    let run = try filled()
    defer { run.remove() }
    let outcome = try run.cairn(
      "export", "shop", "audience", "everyone", "--format", "google", "--suppress", "left",
      "--output",
      "up.csv")
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(
      outcome.output == """
        members          2
        suppressed       1
        without consent  0
        people           1
        rows             1
        with email       1
        with phone       0
        with address     0
        with none        0
        as of            2024-01-02 00:00:00Z

        """)
    #expect(
      try run.read("up.csv")
        == "Email,Phone,First Name,Last Name,Country,Zip\r\n"
        + "973dfe463ec85785f5f95af5ba3906eedb2d931c24e69824a89ea65dba4e813b,,,,,\r\n")
    let attributes = try FileManager.default.attributesOfItem(
      atPath: run.folder.appending(path: "up.csv").path)
    #expect(attributes[.posixPermissions] as? Int == 0o600)
  }

  @Test func onStandardOutputTheCountsStandAside() throws {
    let run = try filled()
    defer { run.remove() }
    let outcome = try run.cairn(
      "export", "shop", "audience", "everyone", "--format", "meta", "--json")
    #expect(outcome.output.hasPrefix("EXTERN_ID,EMAIL,") && !outcome.output.contains("{"))
    #expect(
      outcome.errors.contains(
        #""members":2,"suppressed":0,"without_consent":0,"people":2,"rows":2,"with_email":1"#))
  }

  @Test(arguments: [
    ["profiles", "--format", "google"],
    ["audience", "everyone", "--format", "csv", "--suppress", "left"],
    ["audience", "everyone", "--format", "google", "--compat", "meta-sdk"],
    ["audience", "everyone", "--format", "meta", "--country", "Germany"],
  ]) func wrongUsageIsTold(arguments: [String]) throws {
    let run = try CommandLineRun()
    defer { run.remove() }
    #expect(try run.cairn(["export", "shop"] + arguments).status == 2)
  }

  @Test func anUnknownAudienceLeavesNoFile() throws {
    let run = try filled()
    defer { run.remove() }
    let outcome = try run.cairn(
      "export", "shop", "audience", "everyone", "--format", "google", "--suppress", "typo",
      "--output",
      "up.csv")
    #expect(outcome.status == 1)
    #expect(!FileManager.default.fileExists(atPath: run.folder.appending(path: "up.csv").path))
  }
}
