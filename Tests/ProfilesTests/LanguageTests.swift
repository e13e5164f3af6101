import Bytes
import StorageSimulation
import Testing

@testable import Profiles

@Suite struct LanguageTests {
  @Test(
    "definitions print in canonical form",
    arguments: [
      ("count(\"Order Completed\")", "count(\"Order Completed\")"),
      ("count ( 'A' , last 24h )", "count(\"A\", last 1d)"),
      ("count([\"B\",'A','B'], last 90m)", "count([\"A\", \"B\"], last 90m)"),
      ("count(*, last 45s)", "count(*, last 45s)"),
      (
        "sum('O', properties.revenue, last 7d, currency: properties.currency)",
        "sum(\"O\", properties.revenue, currency: properties.currency, last 7d)"
      ),
      (
        "sum('O', properties.total, currency: 'USD')",
        "sum(\"O\", properties.total, currency: \"USD\")"
      ),
      ("first('P', properties.'first seen')", "first(\"P\", properties.\"first seen\")"),
      (
        "last('P' where not (properties.a = 1 or !exists(context.b)), context.page.path)",
        "last(\"P\" where not (properties.a = 1 or not exists(context.b)), context.page.path)"
      ),
      (
        "count('P' where ((properties.a > -1.50 and properties.b in ['x', 2]) and traits.c = null))",
        "count(\"P\" where properties.a > -1.5 and properties.b in [\"x\", 2] and not exists(traits.c))"
      ),
      (
        "count('P' where properties.a != null or properties.b = true and not not properties.c contains 'q')",
        "count(\"P\" where exists(properties.a) or properties.b = true and properties.c contains \"q\")"
      ),
      (
        "avg('O', properties.total, currency: 'EUR')",
        "avg(\"O\", properties.total, currency: \"EUR\")"
      ),
      ("min('O', properties.total, last 48h)", "min(\"O\", properties.total, last 2d)"),
      ("max(['B', 'A'], properties.total)", "max([\"A\", \"B\"], properties.total)"),
      (
        "exists('O' where properties.a = 1, last 1d)",
        "exists(\"O\" where properties.a = 1, last 1d)"
      ),
      ("first_at('O')", "first_at(\"O\")"),
      ("last_at('O', properties.a, last 1d)", "last_at(\"O\", properties.a, last 1d)"),
      ("most_frequent('O', properties.a)", "most_frequent(\"O\", properties.a)"),
      ("least_frequent('O', properties.a)", "least_frequent(\"O\", properties.a)"),
      (
        "unique_list('O', properties.a, last 1d, limit: 5)",
        "unique_list(\"O\", properties.a, limit: 5, last 1d)"
      ),
      ("unique_list('O', properties.a, limit: 1000)", "unique_list(\"O\", properties.a)"),
      ("unique_count('O', properties.a)", "unique_count(\"O\", properties.a)"),
      ("category_count('O', properties.a)", "category_count(\"O\", properties.a)"),
      ("consent('ad storage')", "consent(\"ad storage\")"),
      (
        "consent('C0001', last 52w, merge: latest)", "consent(\"C0001\", merge: latest, last 364d)"
      ),
      ("consent('a', merge: strictest)", "consent(\"a\")"),
      (
        "unmatched('A' where properties.b = 1, ['C', 'B'], last 90d, by: properties.id)",
        "unmatched(\"A\" where properties.b = 1, [\"B\", \"C\"], by: properties.id, last 90d)"
      ),
      ("sessions(*, gap: 1800s)", "sessions(*, gap: 30m)"),
      (
        "sequence('A', 'B' without 'D' where properties.x = 1 without *, 'C', last 90d, within 7d)",
        "sequence(\"A\", \"B\" without \"D\" where properties.x = 1 without *, \"C\", within 7d, last 90d)"
      ),
      (
        "score({'O' where properties.x = 1: 10, ['A', 'B']: -0.5}, half_life: 14d)",
        "score({\"O\" where properties.x = 1: 10, [\"A\", \"B\"]: -0.5}, half_life: 14d)"
      ),
      (
        "count('A' where match(lowercase(properties.a), 'x*') and properties.b starts_with 'y')",
        "count(\"A\" where match(lowercase(properties.a), \"x*\") and properties.b starts_with \"y\")"
      ),
      (
        "count('A' where length(snakecase(properties.a)) > 3 or titlecase(event) ends_with 'y')",
        "count(\"A\" where length(snakecase(properties.a)) > 3 or titlecase(event) ends_with \"y\")"
      ),
      (
        "count('A' where uppercase(kebabcase(properties.a)) in ['X', 'Y'])",
        "count(\"A\" where uppercase(kebabcase(properties.a)) in [\"X\", \"Y\"])"
      ),
      ("count('A', 30d to 60d ago)", "count(\"A\", 30d to 60d ago)"),
      (
        "count('A', between '2026-01-01' and '2026-02-01')",
        "count(\"A\", between \"2026-01-01T00:00:00.000Z\" and \"2026-02-01T00:00:00.000Z\")"
      ),
      (
        "count('A', between '2026-06-01' and '2026-06-02T12:00:00Z' in 'Europe/Berlin')",
        "count(\"A\", between \"2026-05-31T22:00:00.000Z\" and \"2026-06-02T12:00:00.000Z\")"
      ),
      (
        "count('A', between '2026-07-01T10:00:00' and '2026-07-01 12:00Z' in 'Europe/Berlin')",
        "count(\"A\", between \"2026-07-01T08:00:00.000Z\" and \"2026-07-01T12:00:00.000Z\")"
      ),
      (
        "count('A', before '2026-01-01T00:30' in 'Europe/Berlin')",
        "count(\"A\", before \"2025-12-31T23:30:00.000Z\")"
      ),
      (
        "count('A', after '2026-07-01 10:00' in 'Europe/Berlin')",
        "count(\"A\", after \"2026-07-01T08:00:00.000Z\")"
      ),
      (
        "count('A', after '2026-07-01 10:00+01')",
        "count(\"A\", after \"2026-07-01T09:00:00.000Z\")"
      ),
      ("count('A', last 2w)", "count(\"A\", last 14d)"),
      ("count('A', last 36 hours)", "count(\"A\", last 36h)"),
      ("count('A', last 1 hour)", "count(\"A\", last 1h)"),
      ("count('A', last 30 minutes)", "count(\"A\", last 30m)"),
      ("count('A', last 90 seconds)", "count(\"A\", last 90s)"),
      ("count('A', last 30 min)", "count(\"A\", last 30m)"),
      ("count('A', last 90mins)", "count(\"A\", last 90m)"),
      ("count('A', last 2 hrs)", "count(\"A\", last 2h)"),
      ("count('A', last 1 hr)", "count(\"A\", last 1h)"),
      ("count('A', last 45 secs)", "count(\"A\", last 45s)"),
      ("count('A', last 1sec)", "count(\"A\", last 1s)"),
      ("count('A', last 2 h)", "count(\"A\", last 2h)"),
      // A letter is a length, a word for days or more is of the calendar; blanks between mean nothing.
      ("count('A', last 3 d)", "count(\"A\", last 3d)"),
      ("count('A', last 2 w)", "count(\"A\", last 14d)"),
      ("count('A', last 2 wks)", "count(\"A\", last 2 weeks)"),
      ("count('A', last 1wk)", "count(\"A\", last week)"),
      ("count('A', last 90days)", "count(\"A\", last 90 days)"),
      ("count('A', last 3months)", "count(\"A\", last 3 months)"),
      ("count('A', 1wk to 2 wks ago)", "count(\"A\", 7d to 14d ago)"),
      ("sessions(*, gap: 30mins)", "sessions(*, gap: 30m)"),
      ("count('A', last 90 days)", "count(\"A\", last 90 days)"),
      ("count('A', 1 week to 30 days ago)", "count(\"A\", 7d to 30d ago)"),
      ("count('A', 2w to 30d ago)", "count(\"A\", 14d to 30d ago)"),
      ("sessions(*, gap: 30 minutes)", "sessions(*, gap: 30m)"),
      ("score({'A': 1}, half_life: 2 weeks)", "score({\"A\": 1}, half_life: 14d)"),
      ("sequence('A', 'B', within 1 day)", "sequence(\"A\", \"B\", within 1d)"),
      ("count('A', latest session gap 1 hour)", "count(\"A\", latest session gap 1h)"),
      ("count('A', before '2026-01-01')", "count(\"A\", before \"2026-01-01T00:00:00.000Z\")"),
      ("count('A', after '2026-01-01')", "count(\"A\", after \"2026-01-01T00:00:00.000Z\")"),
      ("count('A', this month)", "count(\"A\", this month)"),
      ("count('A', last 1 week)", "count(\"A\", last week)"),
      (
        "sum('A', properties.x, last 3 months in 'Europe/Berlin', currency: 'EUR')",
        "sum(\"A\", properties.x, currency: \"EUR\", last 3 months in \"Europe/Berlin\")"
      ),
      ("count('A', this day in 'UTC')", "count(\"A\", this day)"),
      ("count('A', latest session gap 30m)", "count(\"A\", latest session gap 30m)"),
    ])
  func canonical(text: String, printed: String) throws {
    let zones = TimeZones { SystemZones.zone($0) }
    let aggregate = try Aggregate(parsing: text, zones: zones)
    #expect(aggregate.description == printed)
    #expect(try Aggregate(parsing: printed, zones: zones) == aggregate)
  }

  @Test("printing and parsing random aggregates gives them back")
  func roundTrip() throws {
    for seed in UInt64(1)...2000 {
      var random = SeededRandom(seed)
      let aggregate = random.aggregate()
      let text = aggregate.description
      #expect(try Aggregate(parsing: text) == aggregate, "seed \(seed): \(text)")
    }
  }

  @Test(
    "errors point at the place and say what to write",
    arguments: [
      (
        "", 1, 1,
        "expected an aggregate such as count(\"Order Completed\"), found the end of the text"
      ),
      (
        "conut(\"A\")", 1, 1,
        "expected one of count, exists, sum, avg, min, max, first, last, first_at, last_at, "
          + "most_frequent, least_frequent, unique_list, unique_count, category_count, unmatched, "
          + "sessions, sequence, score, consent, found 'conut'; did you mean count?"
      ),
      (
        "count(Order)", 1, 7,
        "expected an event name in quotes, a list of them, or *, found 'Order'"
      ),
      ("count(\"A\",\n  lats 9d)", 2, 3, "expected 'last 90d', found 'lats'; did you mean last?"),
      (
        "count(\"A\", last 90)", 1, 17,
        "expected a time such as 90d, 12h, 30m, 45s, 2w or 36 hours, found '90'"
      ),
      (
        "count(\"A\", last 0d)", 1, 17,
        "expected a time such as 90d, 12h, 30m, 45s, 2w or 36 hours, found '0d'"
      ),
      ("count(\"A\", last 36526d)", 1, 17, "a window is at most 36,525 days"),
      (
        "count(\"A\", last 30 mnutes)", 1, 20,
        "'mnutes' is not a unit of time; write s, m, h, d, w, seconds, minutes, hours, days, weeks, months, "
          + "quarters or years; "
          + "did you mean minutes?"
      ),
      (
        "sessions(*, gap: 2hors)", 1, 18,
        "'hors' is not a unit of time; write s, m, h, d, w, seconds, minutes, hours, days or weeks; "
          + "did you mean hrs?"
      ),
      (
        "sequence('A', 'B', within 5 x)", 1, 29,
        "'x' is not a unit of time; write s, m, h, d, w, seconds, minutes, hours, days or weeks"
      ),
      (
        "count(\"A\", last 3mo)", 1, 17,
        "a month has no fixed length; write 90d for a duration, or 'last 3 months' for a window of "
          + "whole calendar units"
      ),
      (
        "sessions(*, gap: 2 years)", 1, 18,
        "a year has no fixed length; write 730d for a duration, or 'last 2 years' for a window of "
          + "whole calendar units"
      ),
      (
        "count(\"A\", 1 month to 2 months ago)", 1, 12,
        "a month has no fixed length; write 30d for a duration, or 'last month' for a window of "
          + "whole calendar units"
      ),
      (
        "count(\"A\", last 99999999999999999999d)", 1, 17,
        "expected a time such as 90d, 12h, 30m, 45s, 2w or 36 hours, found '99999999999999999999d'"
      ),
      (
        "count(\"A\" where length(properties.a) = \"x\")", 1, 40,
        "a length is compared with a number"
      ),
      (
        "count(\"A\" where lowercas(properties.a) = \"x\")", 1, 17,
        "expected one of length, lowercase, uppercase, snakecase, kebabcase, titlecase, match, "
          + "exists, found 'lowercas'; did you mean lowercase?"
      ),
      (
        "count(\"A\" where properties.a starts_with 5)", 1, 42,
        "expected a text in quotes, found '5'"
      ),
      (
        "count(\"A\" where lowercase(properties.a) = null)", 1, 43,
        "a function is not compared with null; use exists(…)"
      ),
      ("unmatched(\"A\", \"B\")", 1, 20, "'unmatched' needs 'by: properties.ticket_id'"),
      ("sessions(\"A\")", 1, 14, "'sessions' needs 'gap: 30m'"),
      ("sequence(\"A\")", 1, 10, "a sequence has at least two steps"),
      (
        "sequence(\"A\" without \"B\", \"C\")", 1, 10,
        "'without' is about the time since the step before; the first step has none"
      ),
      (
        "score({\"A\": 1}, half_life: 1d, last 9d)", 1, 32,
        "a score decays by its half-life and takes no window"
      ),
      ("score({\"A\": 1000000.1}, half_life: 1d)", 1, 13, "a weight is at most 1000000 in size"),
      (
        "unique_list(\"A\", properties.x, limit: 0)", 1, 39,
        "a limit is a whole number from 1 to 100000, found '0'"
      ),
      (
        "unique_list(\"A\", properties.x, limit: 2, limit: 3)", 1, 42,
        "'unique_list' has 'limit' twice; keep one"
      ),
      (
        "count(\"A\", 60d to 30d ago)", 1, 12,
        "the nearer time comes first, as in 30d to 60d ago"
      ),
      (
        "count(\"A\", between \"2026-02-01\" and \"2026-02-01\")", 1, 12,
        "the time between ends before it begins"
      ),
      (
        "count(\"A\", before \"1.2.2026\")", 1, 19,
        "expected a date such as \"2026-01-31\" or a time such as \"2026-01-31T12:00:00Z\""
      ),
      (
        "count(\"A\", this mont)", 1, 17,
        "expected one of day, week, month, quarter, year, found 'mont'; did you mean month?"
      ),
      (
        "count(\"A\", last 3 moths)", 1, 19,
        "'moths' is not a unit of time; write s, m, h, d, w, seconds, minutes, hours, days, weeks, months, "
          + "quarters or years; did you mean months?"
      ),
      (
        "count(\"A\", this day in \"Berlin\")", 1, 24,
        "there is no time zone \"Berlin\" on this machine; write a name such as \"Europe/Berlin\""
      ),
      ("count(\"A\", last 1d, last 2d)", 1, 21, "'count' has two windows; keep one"),
      ("sum(\"A\")", 1, 8, "expected ',' and a path such as properties.revenue, found ')'"),
      (
        "sum(\"A\", revenue)", 1, 10,
        "an event has no field 'revenue'; did you mean properties.revenue?"
      ),
      (
        "sum(\"A\", propertes.revenue)", 1, 10,
        "an event has no field 'propertes'; did you mean properties?"
      ),
      (
        "sum(\"A\", properties.x, curency: \"USD\")", 1, 24,
        "expected 'currency: …' or 'last 90d', found 'curency'; did you mean currency?"
      ),
      (
        "sum(\"A\", properties.x, currency: \"dollar\")", 1, 34,
        "a currency is three capital letters, as in \"USD\""
      ),
      (
        "count(\"A\" where properties.a == 1)", 1, 30,
        "unknown operator '=='; did you mean =?"
      ),
      ("count(\"A\" where properties.a && 1)", 1, 30, "unknown operator '&&'; did you mean and?"),
      (
        "count(\"A\" where properties.a contain \"b\")", 1, 30,
        "expected one of = != > >= < <= in contains starts_with ends_with after properties.a, found 'contain'; did you mean contains?"
      ),
      ("count(\"A\" where properties.a > true)", 1, 32, "'>' cannot compare with true"),
      (
        "count(\"A\" where properties.a > 5 USD)", 1, 32,
        "a property has no currency of its own; compare it with a plain number"
      ),
      (
        "count(\"A\" where properties.a = 0.1234567891)", 1, 32,
        "the number has more than 9 digits after the point"
      ),
      (
        "count(\"A\" where properties.a = \"x)", 1, 32,
        "the quoted text never ends; close it with \""
      ),
      (
        "count(\"A\" wher properties.a = 1)", 1, 11,
        "expected ',' or ')' in 'count', found 'wher'; did you mean where?"
      ),
      ("count(\"A\") > 1", 1, 12, "a trait is one aggregate; expected the end, found '>'"),
      (
        "sum(\"A\", properties.utm-source)", 1, 24, "a key with '-' inside must be quoted"
      ),
      (
        "sum(\"A\", properties.items.0.5)", 1, 27,
        "expected a key after '.' (one that is not a plain word must be quoted), found '0.5'"
      ),
      (
        "count(\"A\" where properties.a in [null])", 1, 34,
        "a list cannot contain null; use exists(…)"
      ),
      ("count(\"A\" where properties.a ; 1)", 1, 30, "unexpected character ';'"),
    ])
  func errors(text: String, line: Int, column: Int, message: String) {
    let error = #expect(throws: LanguageError.self) { try Aggregate(parsing: text) }
    #expect(error?.description == "line \(line), column \(column): \(message)")
  }

  @Test("nesting and length are bounded")
  func bounds() {
    for deep in [
      String(repeating: "(", count: 100_000 / 2), String(repeating: "not ", count: 16_000),
    ] {
      let error = #expect(throws: LanguageError.self) { try EventCondition(parsing: deep) }
      #expect(error?.message == "nested deeper than 64 levels; simplify the definition")
    }
    let error = #expect(throws: LanguageError.self) {
      try EventCondition(parsing: String(repeating: " ", count: 65_537))
    }
    #expect(error?.message == "the definition is longer than 65536 characters; split it")
  }

  @Test("no text whatever makes the parser trap")
  func hostile() {
    let words = [
      "count", "(", ")", "[", "]", "\"A\"", "*", "where", "properties", ".", "x", "=", "!=", ">",
      "in",
      "contains", "not", "and", "or", "!", "-", "5", "5d", "last", ",", ":", "currency", "exists",
      "null",
      "\\", "\"", "1.", "é", "\u{0}", "sum", "performed", "score", "{", "}", "half_life",
      "sequence",
      "without", "within", "unmatched", "by", "sessions", "gap", "unique_list", "limit",
    ]
    for seed in UInt64(1)...3000 {
      var random = SeededRandom(seed)
      let text = (0..<Int.random(in: 0...25, using: &random)).map { _ in random.pick(words) }
        .joined(separator: random.chance(50) ? " " : "")
      if let aggregate = try? Aggregate(parsing: text) {
        #expect(
          (try? Aggregate(parsing: aggregate.description)) == aggregate, "seed \(seed): \(text)")
      }
    }
  }
}
