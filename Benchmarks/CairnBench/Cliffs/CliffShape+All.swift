// The shapes that have been slow, and what they are compared with.

extension CliffShape {
  /// All shapes but the plain load.
  static let all: [CliffShape] =
    identity + accounts + lateEvents + hotProfiles + values + audiences

  // MARK: - Accounts

  /// An event of one of the members of an account, which has one more with every second event.
  private static func memberLine(_ index: Int) -> String {
    let member = index.isMultiple(of: 2) ? index / 2 : index * 7919 % (index / 2 + 1)
    return CliffLine(
      event: "P", user: "u\(member)", account: "acme", properties: #""v":\#(index % 100)"#,
      id: "m\(index)", seconds: index * 60
    ).text
  }

  private static func account(_ name: String, _ definitions: String) -> CliffShape {
    CliffShape(
      name: name, growing: "members of the account", definitions: definitions, audiencesNamed: 2,
      line: { index, _ in memberLine(index) })
  }

  private static let accounts = [
    account(
      "account-members",
      "accounts:\n  audiences:\n    a: any member(performed(\"P\")) and at least 3 members(count(\"P\") > 2)\n"
    ),
    account(
      "account-members-windowed",
      "accounts:\n  audiences:\n    a: at least 1000000 members(count(\"P\", last 7d) > 1)\n"),
    account(
      "account-members-sum",
      "accounts:\n  audiences:\n    a: sum over members(count(\"P\")) > 1000000000\n"),
    account(
      "persons-asking-accounts", "audiences:\n  a: any account(count(\"P\") >= 3)\n"),
    account(
      "persons-asking-windows", "audiences:\n  a: any account(count(\"P\", last 30d) >= 100)\n"),
  ]

  // MARK: - One hot profile

  /// Traits and an audience over them, so that each event has the trait read.
  private static func defined(_ expression: String, _ condition: String) -> String {
    "traits:\n  t: '\(expression)'\naudiences:\n  a: 't \(condition)'\n"
  }

  private enum Order { case rising, falling, scattered }

  private static func hotLine(_ index: Int, _ count: Int, _ order: Order) -> String {
    let seconds =
      switch order {
      case .rising: index
      case .falling: count - index
      case .scattered: index == 0 ? count : index &* 40_503 % count
      }
    let event = index % 100 == 99 ? "Q" : "P"
    return CliffLine(
      event: event, anonymous: "hot",
      properties: #""v":\#(index * 7 % 1000),"s":"s\#(index % 50)","d":"d\#(index)""#,
      id: "m\(index)", seconds: seconds * 20
    ).text
  }

  private static func hot(
    _ name: String, _ definitions: String, _ order: Order = .rising
  ) -> CliffShape {
    CliffShape(
      name: name, growing: "events of one profile", definitions: definitions, audiencesNamed: 1,
      line: { index, count in hotLine(index, count, order) })
  }

  private static let lateEvents = [
    ("count", #"count("P", last 90d)"#), ("sum", #"sum("P", properties.v, last 90d)"#),
    ("unique-list", #"unique_list("P", properties.s, last 90d)"#),
    ("max", #"max("P", properties.v, last 90d)"#),
  ].flatMap { (name, aggregate) in
    [("falling", Order.falling), ("scattered", .scattered)].map { (orderName, order) in
      hot("late-\(name)-\(orderName)", "traits:\n  t: '\(aggregate)'\n", order)
    }
  }

  private static let hotProfiles = [
    hot(
      "hot-sequence",
      defined(#"sequence("P", "Q" without "R", "S", within 7d, last 90d)"#, "= true")),
    hot(
      "hot-sequence-all-time", defined(#"sequence("P", "Q" without "R", "S", within 7d)"#, "= true")
    ),
    hot("hot-sessions", defined(#"sessions("P", gap: 30m, last 90d)"#, "> 1000000")),
    hot("hot-sessions-apart", defined(#"sessions("P", gap: 10s, last 90d)"#, "> 1000000")),
    hot("hot-sessions-all-time", defined(#"sessions("P", gap: 10s)"#, "> 1000000")),
    hot("hot-latest-session-count", defined(#"count("P", latest session gap 30m)"#, "> 1000000")),
    hot(
      "hot-latest-session-sum",
      defined(#"sum("P", properties.v, latest session gap 30m)"#, "> 1000000000")),
    hot("hot-latest-session-apart", defined(#"count("P", latest session gap 10s)"#, "> 1000000")),
    hot("hot-minimum", defined(#"min("P", properties.v, last 90d)"#, "< -1")),
    hot("hot-maximum", defined(#"max("P", properties.v, last 90d)"#, "> 100000")),
    hot("hot-most-frequent", defined(#"most_frequent("P", properties.s, last 90d)"#, "= \"x\"")),
    hot(
      "hot-most-frequent-distinct",
      defined(#"most_frequent("P", properties.d, last 90d)"#, "= \"x\"")),
    hot("hot-unique-count", defined(#"unique_count("P", properties.d, last 90d)"#, "> 1000000")),
    hot("hot-unique-count-all-time", defined(#"unique_count("P", properties.d)"#, "> 1000000")),
    hot(
      "hot-unique-list", defined(#"unique_list("P", properties.d, limit: 20)"#, "contains \"x\"")),
    hot(
      "hot-unmatched",
      "audiences:\n  a: 'unmatched(\"P\", \"R\", by: properties.d, last 90d) > 1000000'\n"),
    hot("hot-score", "audiences:\n  a: 'score({\"P\": 1}, half_life: 14d) > 5'\n"),
    hot(
      "hot-scores", "audiences:\n  a: 'score({\"P\": 1, \"Q\": -2}, half_life: 14d) * 2 > 5'\n"),
  ]

  // MARK: - Values and audiences

  private static let longText = String(repeating: "x", count: 31_000)

  private static func valueLine(_ index: Int, _ user: String) -> String {
    CliffLine(
      event: "P", user: user, properties: #""s":"\#(index)\#(longText)""#, id: "m\(index)",
      seconds: index
    ).text
  }

  private static let values = [
    CliffShape(
      name: "long-values-hot", growing: "values of 31,000 bytes of one profile",
      definitions: "traits:\n  t: unique_list(\"P\", properties.s)\n", divisor: 16,
      line: { index, _ in valueLine(index, "hot") }),
    CliffShape(
      name: "long-values-windowed", growing: "values of 31,000 bytes of one profile",
      definitions: "traits:\n  t: unique_list(\"P\", properties.s, last 90d)\n", divisor: 16,
      line: { index, _ in valueLine(index, "hot") }),
    CliffShape(
      name: "long-values-in-ten", growing: "values of 31,000 bytes of many profiles",
      definitions: "traits:\n"
        + (1...10).map { "  t\($0): unique_list(\"P\", properties.s, last \($0)d)\n" }.joined(),
      divisor: 16, line: { index, _ in valueLine(index, "u\(index)") }),
  ]

  private static func shop(_ name: String, _ rules: [String], hot: Bool = false) -> CliffShape {
    let lines = rules.enumerated().map { "  a\($0): '\($1)'\n" }
    return CliffShape(
      name: name, growing: "events", definitions: "audiences:\n" + lines.joined(),
      audiencesNamed: rules.count,
      line: { index, _ in
        CliffLine(
          event: "P", user: hot ? "hot" : "u\(index * 7919 % 1000)",
          properties: #""v":\#(index % 100),"s":"s\#(index % 400)""#, id: "m\(index)",
          seconds: index
        ).text
      })
  }

  private static let audiences = [
    shop("audiences-thresholds", (1...400).map { "count(\"P\") >= \($0 * 1000)" }),
    shop("audiences-windows", (1...400).map { "count(\"P\", last \($0)d) >= 1000000" }),
    shop(
      "audiences-mixed",
      (1...400).map { "count(\"P\") >= \($0 + 10) and not performed(\"R\", last \($0 % 90 + 1)d)" }),
    shop(
      "audiences-conditions", (1...400).map { "performed(\"P\" where properties.s = \"s\($0)\")" }),
  ]
}
