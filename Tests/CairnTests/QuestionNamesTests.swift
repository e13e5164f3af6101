// Names in questions that the store has no symbol for: they leave it as it is, and the answers are those that
// definitions would give, for which the names become symbols.

import Audiences
import Bytes
import Cairn
import Storage
import Testing

@testable import Engine
@testable import Events

@Suite struct QuestionNamesTests {
  /// Longer than any symbol, so that events hold it as text.
  private static let long = String(repeating: "n", count: 300)

  private static let day = "2026-03-01T00:00:0"

  private static let lines = [
    track(
      "Order Completed", id: "1", #""userId":"ann""#, at: day + "1.000Z",
      properties: #""revenue":20,"coupon":null"#),
    track(
      "Order Completed", id: "2", #""userId":"ben""#, at: day + "2.000Z",
      properties: #""revenue":3,"coupon":"TEST""#),
    track(
      long, id: "3", #""userId":"cem""#, at: day + "3.000Z",
      properties: #""\#(long)":1,"coupon":"TEST""#),
    groupCall("4", user: "dan", "acme", at: day + "4.000Z", traits: #""tier":"gold""#),
    #"{"type":"identify","messageId":"5","userId":"dan","traits":{"plan":"pro"},"#
      + #""timestamp":"2026-03-01T00:00:05.000Z"}"#,
  ]

  /// Rules with names that begin with `x_`, which no event has.
  private static let rules = [
    #"performed("x_event")"#, #"not performed("x_event")"#, #"count("x_event", last 30d) = 0"#,
    #"performed(["x_other", "Order Completed"])"#,
    #"performed("Order Completed" where exists(properties.x_a))"#,
    #"performed("Order Completed" where not exists(properties.x_b))"#,
    #"performed(* where not exists(properties.coupon.x_c))"#,
    #"performed("Order Completed" where properties.x_d != "x")"#,
    #"performed("Order Completed" where not properties.x_e = "x")"#,
    #"performed("Order Completed" where properties.x_f = null)"#,
    #"performed("Order Completed" where properties.coupon != null and properties.x_g.x_h < 3)"#,
    #"performed("Order Completed" where properties.revenue > 5 or properties.x_i > 5)"#,
    #"performed(* where event != "x_event" and not context.x_top = 1)"#,
    #"performed(* where event = "\#(long)" and not exists(properties.x_j))"#,
    #"first("Order Completed", properties.x_k) = "x""#,
    #"not first(*, properties.x_l) = "x""#, #"last(*, properties.x_m.x_n) != "x""#,
    #"unique_count("Order Completed", properties.x_o) = 0"#,
    #"sum("Order Completed", properties.x_p) < 1"#,
    #"unmatched("Order Completed", "x_answer", by: properties.revenue) >= 1"#,
    #"unmatched("x_asked", "Order Completed", by: properties.x_q) = 0"#,
    #"sequence("Order Completed", "x_step")"#, #"not sequence("x_first", "Order Completed")"#,
    #"score({"Order Completed": 10, "x_scored": 1}, half_life: 14d) > 0"#,
    #"traits.x_r = "x""#, #"traits.x_s != "x""#, #"not traits.x_t = "x""#, "exists(traits.x_u)",
    #"not exists(traits.x_v) and traits.plan = "pro""#,
    #"any account(traits.x_w = "x")"#, #"any account(not traits.x_x = "x")"#,
    #"no account(performed("x_demo"))"#, #"any account(any member(not performed("x_open")))"#,
    #"spent > 5 and not performed("x_later")"#, #"member("buyers") and not exists(traits.x_y)"#,
  ]

  private func filled(_ directory: TemporaryDirectory) throws -> Store {
    let store = try Store.create(at: directory.store, options: .repeatable())
    _ = try store.apply(
      definitions(
        traits: [("spent", #"sum("Order Completed", properties.revenue)"#)],
        audiences: [("buyers", #"performed("Order Completed")"#)]))
    try store.take(Self.lines)
    return store
  }

  /// What is asked by a rule: how many satisfy it, who is found by it, and what is said of its names.
  private struct Answer: Equatable {
    var users: Set<String>
    var memberCount: Int
    var warnings: [String]
  }

  private func answers(_ snapshot: Snapshot) throws -> [Answer] {
    try Self.rules.map { rule in
      let preview = try snapshot.preview(rule)
      let page = try snapshot.find(ProfileSearch(rules: [rule]), limit: 10)
      #expect(page.warnings == preview.warnings && page.profiles.count == preview.memberCount)
      return Answer(
        users: Set(page.profiles.compactMap { $0.identifiers.first?.value }),
        memberCount: preview.memberCount, warnings: preview.warnings)
    }
  }

  @Test func questionsAnswerAsDefinitionsDoAndLeaveNoNames() throws {
    let directory = TemporaryDirectory()
    let store = try filled(directory)
    let (count, fields) = (store.symbols.count, store.symbols.fields().count)
    let before = try answers(try store.snapshot())
    let texts = definitions(
      audiences: Self.rules.enumerated().map { ("a\($0.offset)", $0.element) })
    let plan = try store.plan(texts, prune: false)
    #expect(store.symbols.count == count && store.symbols.fields().count == fields)
    let changes = try store.apply(texts, prune: false)
    #expect(store.symbols.count > count + Self.rules.count, "what is applied is there to stay")
    for (index, answer) in before.enumerated() {
      let (rule, name) = (Self.rules[index], "a\(index)")
      #expect(try store.users(in: name) == answer.users, "\(rule)")
      #expect(try store.snapshot().audience(name).memberCount == answer.memberCount, "\(rule)")
      #expect(plan.effects[index].after == answer.memberCount, "\(rule)")
      #expect(!answer.warnings.isEmpty, "\(rule)")
    }
    #expect(plan.changes.warnings == changes.warnings)
    // Now that the names have symbols, the same questions have the same answers.
    #expect(try answers(try store.snapshot()) == before)
    #expect(store.verify(replay: true).problems == [])
    try store.close()
  }

  @Test func aReaderOfFilesKeepsNoNamesEither() throws {
    let directory = TemporaryDirectory()
    let store = try filled(directory)
    let answered = try answers(try store.snapshot())
    try store.close()
    let reader = try Store.openReadOnly(at: directory.store, options: .repeatable())
    let count = reader.symbols.count
    #expect(try answers(try reader.snapshot()) == answered)
    #expect(reader.symbols.count == count)
    try reader.close()
  }

  /// A name that comes into use after the snapshot was taken is not in it, and has no other's symbol.
  @Test func whatComesInLaterIsNotInTheSnapshot() throws {
    let directory = TemporaryDirectory()
    let store = try filled(directory)
    let snapshot = try store.snapshot()
    let before = try answers(snapshot)
    try store.take([
      track(
        "x_event", id: "6", #""userId":"ann""#, at: Self.day + "6.000Z",
        properties: #""x_a":1,"x_b":1,"x_k":"x""#)
    ])
    #expect(try answers(snapshot) == before)
    let now = try store.snapshot()
    #expect(try now.preview(Self.rules[0]).memberCount == 1)
    #expect(try now.preview(Self.rules[1]).memberCount == 3)
    try store.close()
  }

  @Test func aNameThatCouldNotBeDefinedIsRefused() throws {
    let directory = TemporaryDirectory()
    let store = try filled(directory)
    for rule in [
      #"performed("\#(Self.long)")"#, #"performed(* where not exists(properties.\#(Self.long)))"#,
      "traits.\(Self.long) = 1",
    ] {
      let count = store.symbols.count
      let asked = message { _ = try store.snapshot().preview(rule) }
      let found = message {
        _ = try store.snapshot().find(ProfileSearch(rules: [rule]), limit: 1)
      }
      let texts = definitions(audiences: [("long", rule)])
      let planned = message { _ = try store.plan(texts, prune: false) }
      #expect(store.symbols.count == count)
      let applied = message { _ = try store.apply(texts, prune: false) }
      #expect(applied?.contains("too long to be indexed") == true, "\(rule)")
      #expect(asked == applied && found == applied && planned == applied, "\(rule)")
    }
    try store.close()
  }

  /// What is wrong with a definition.
  private func message(_ body: () throws -> Void) -> String? {
    do { try body() } catch ApplyError.definition(let error) { return error.message } catch {
      Issue.record(error)
    }
    return nil
  }
}
