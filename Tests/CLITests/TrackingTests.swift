// The tracking plan from outside: tried, applied, repaired, driven again.

import Foundation
import Testing

struct TrackingTests {
  private static let plan = """
    unplanned_events: block
    violations: quarantine
    events:
      Order Completed:
        properties:
          properties:
            required: [order_id]
            properties: {revenue: {type: number, minimum: 0}}

    """
  private static let lines = """
    {"type":"track","event":"Order Completed","messageId":"1","userId":"a","properties":{"order_id":"o","revenue":5}}
    {"type":"track","event":"Order Completed","messageId":"2","userId":"a","properties":{"order_id":"o","revenue":"5"}}
    {"type":"track","event":"Seen","messageId":"3","userId":"a"}

    """

  @Test func aPlanIsTriedAppliedAndMended() throws {
    let run = try CommandLineRun()
    defer { run.remove() }
    try run.write(Self.plan, to: "plan.yaml")
    try run.write(Self.lines, to: "in.ndjson")
    for store in ["past", "shop"] { #expect(try run.cairn("init", store).status == 0) }
    #expect(try run.cairn("ingest", "past", "in.ndjson").status == 0)
    let check = try run.cairn("tracking", "check", "past", "plan.yaml", "--json")
    #expect(
      check.output == """
        {"events":3,"not_as_planned":2,"would_be_kept_out":2,"share_kept_out":0.6666666666666666,"rules":[\
        {"event":"Order Completed","rule":"properties.revenue: type","action":"quarantine","events":1,"total":2,"share":0.5},\
        {"event":"Seen","rule":"unplanned event","action":"block","events":1,"total":1,"share":1.0}]}

        """)
    #expect(try run.cairn("tracking", "apply", "shop", "plan.yaml").output.contains("in force"))
    let preview = try run.cairn("ingest", "shop", "in.ndjson", "--preview", "--json")
    #expect(preview.output.hasPrefix(#"{"rows":3,"accepted":1,"duplicates":0,"quarantined":2,"#))
    #expect(preview.output.contains("(properties.revenue: type)"))
    let ingest = try run.cairn("ingest", "shop", "in.ndjson", "--verdicts", "v.ndjson")
    #expect(ingest.status == 1)
    let verdicts = try run.read("v.ndjson")
    #expect(
      verdicts.contains(
        #""code":"plan_violation","field":"line","detail":"properties.revenue: type""#))
    #expect(verdicts.contains(#""code":"unplanned_event""#))
    let list = try run.cairn("quarantine", "list", "shop", "--code", "plan_violation")
    #expect(list.output.contains("(properties.revenue: type)"))
    try run.write("", to: "none.yaml")
    #expect(try run.cairn("tracking", "apply", "shop", "none.yaml").status == 0)
    let redrive = try run.cairn("quarantine", "redrive", "shop", "--json")
    #expect(redrive.status == 0)
    #expect(redrive.output == "{\"accepted\":2,\"duplicates\":0,\"quarantined\":0}\n")
    #expect(
      try run.cairn("quarantine", "list", "shop", "--json").output == "{\"lines\":[],\"more\":0}\n")
    #expect(try run.cairn("verify", "shop", "--replay").status == 0)
    try run.write("events: {A: {unevaluatedProperties: false}}", to: "wrong.yaml")
    let wrong = try run.cairn("tracking", "apply", "shop", "wrong.yaml")
    #expect(wrong.status == 2)
    #expect(
      wrong.errors.hasPrefix("error: wrong.yaml:1:14: the keyword `unevaluatedProperties` is not"))
  }

  @Test func thePlanInForceIsShownAsItWasApplied() throws {
    let run = try CommandLineRun()
    defer { run.remove() }
    #expect(try run.cairn("init", "shop").status == 0)
    let none = try run.cairn("tracking", "show", "shop")
    #expect(
      none.output == "the store has no tracking plan; 'cairn tracking apply' sets one\n")
    #expect(
      try run.cairn("tracking", "show", "shop", "--json").output
        == "{\"text\":null,\"plan\":null}\n")
    // A comment, words that are not booleans, numbers of any length: all of it comes back.
    let plan = "# ours\nevents:\n  E: {properties: {n: {enum: [no, 01, 1.50, 1e-400, null]}}}"
    try run.write(plan, to: "plan.yaml")
    let applied = try run.cairn("tracking", "apply", "shop", "plan.yaml")
    #expect(applied.status == 0)
    #expect(
      applied.errors
        == "note: plan.yaml:3:35: `01` is taken as a text; put it in quotes, or write the number as "
        + "JSON does\n")
    #expect(try run.cairn("tracking", "show", "shop").output == plan)
    #expect(
      try run.cairn("tracking", "show", "shop", "--json").output.contains(
        #""plan":{"events":{"E":{"properties":{"n":{"enum":["no","01",1.50,1e-400,null]}}}}}"#))
  }
}
