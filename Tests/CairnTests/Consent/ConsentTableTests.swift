// Who is sent to which destination by which answers: the truth table of Segment's documentation on consent in
// connections, without what its `integrations` object adds.

import Bytes
import Foundation
import Storage
import Testing

@testable import Activation
@testable import Cairn
@testable import Engine

@Suite struct ConsentTableTests {
  /// Destinations and the categories that they require.
  private static let destinations = [
    ("facebook", ["advertising"]), ("google", ["advertising"]), ("amplitude", ["analytics"]),
    ("both", ["advertising", "analytics"]), ("plain", []),
  ]

  struct Row: CustomTestStringConvertible, Sendable {
    var consent: String?
    /// Who gets it if missing answers allow.
    var allowed: Set<String>
    /// Who gets it if missing answers deny.
    var denied: Set<String>
    var testDescription: String { consent ?? "nothing" }

    init(_ consent: String?, _ allowed: Set<String>, denied: Set<String>? = nil) {
      self.consent = consent
      self.allowed = allowed
      self.denied = denied ?? allowed
    }
  }

  private static let everyone: Set<String> = ["facebook", "google", "amplitude", "both", "plain"]

  static let rows = [
    Row(nil, everyone, denied: ["plain"]),
    Row("{}", everyone, denied: ["plain"]),
    Row(#"{"categoryPreferences":null}"#, everyone, denied: ["plain"]),
    Row(#"{"categoryPreferences":{}}"#, ["plain"]),
    Row(#"{"categoryPreferences":[]}"#, ["plain"]),
    Row(#"{"categoryPreferences":{"advertising":true,"analytics":true}}"#, everyone),
    Row(
      #"{"categoryPreferences":{"advertising":true,"analytics":false}}"#,
      ["facebook", "google", "plain"]),
    Row(#"{"categoryPreferences":{"advertising":true}}"#, ["facebook", "google", "plain"]),
    Row(
      #"{"categoryPreferences":{"advertising":true,"analytics":null}}"#,
      ["facebook", "google", "plain"]),
    Row(#"{"categoryPreferences":{"analytics":true}}"#, ["amplitude", "plain"]),
    Row(#"{"categoryPreferences":{"other":true}}"#, ["plain"]),
    Row(#"{"categoryPreferences":{"Advertising":true}}"#, ["plain"]),
    Row(#"{"categoryPreferences":{"advertising":"true","analytics":1}}"#, ["plain"]),
    Row(
      #"{"partial":true,"categoryPreferences":{"advertising":true}}"#, everyone,
      denied: ["facebook", "google", "plain"]),
    Row(#"{"partial":true,"categoryPreferences":{}}"#, everyone, denied: ["plain"]),
    Row(
      #"{"partial":"yes","categoryPreferences":{"advertising":true}}"#,
      ["facebook", "google", "plain"]),
  ]

  private let directory = TemporaryDirectory()

  private func receivers(of consent: String?, missing: String) throws -> Set<String> {
    let store = try Store.create(at: directory.store, options: .repeatable())
    let settings = "{merge: strictest, missing: \(missing)}"
    let file = """
      audiences:
        buyers: performed("Order Completed")
      consent:
        advertising: \(settings)
        analytics: \(settings)
      """
    _ = try store.apply(try DefinitionFile.read(file, file: "test"))
    for (name, categories) in Self.destinations {
      try store.addDestination(
        Destination(
          name: name, path: directory.path + "/" + name, audiences: ["buyers"],
          consents: categories))
    }
    let context = consent.map { #","context":{"consent":\#($0)}"# } ?? ""
    let verdicts = try store.take([
      #"{"type":"track","event":"Order Completed","messageId":"1","userId":"u","#
        + #""timestamp":"2026-03-01T00:00:00Z"\#(context)}"#
    ])
    #expect(verdicts == [.accepted(store.lastSequence)])
    var result: Set<String> = []
    for (name, categories) in Self.destinations {
      let report = try store.deliver(to: name)
      // Who does not permit is not counted as in the audience, so that nothing has to be withheld.
      #expect(report.withheld == 0 || categories.isEmpty)
      if report.messages == 1 { result.insert(name) }
    }
    try store.close()
    return result
  }

  @Test(arguments: rows) func answersDecideIfMissingOnesAllow(row: Row) throws {
    #expect(try receivers(of: row.consent, missing: "allow") == row.allowed)
  }

  @Test(arguments: rows) func answersDecideIfMissingOnesDeny(row: Row) throws {
    #expect(try receivers(of: row.consent, missing: "deny") == row.denied)
  }
}
