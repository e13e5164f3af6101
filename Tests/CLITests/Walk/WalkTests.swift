// The way of a new user: nine files of a small company become 50 people and 5 accounts. What is expected
// is counted by hand from how the files are made.

import Testing

@Suite struct WalkTests {
  private static let rules = """
    country: DE
    identifiers:
      - user_id: {limit: 1, per: ever, protected: true}
      - crm_id: {from: [traits.crm_id]}
      - email
      - phone: {from: [traits.phone, properties.phone], normalise: phone}
      - anonymous_id
    """

  private static let definitions = """
    traits:
      ltv: 'sum("Order Completed", properties.revenue, currency: properties.currency)'
      orders: count("Order Completed")
      open_tickets: 'unmatched("Ticket Opened", "Ticket Solved", by: properties.ticket_id)'
    audiences:
      everybody: not performed("Nothing")
      buyers: orders >= 1
      big_spenders: ltv >= 4000 EUR
      app_users: performed("App Opened")
      waiting: open_tickets >= 1
      clicked: performed("Email Clicked")
      called: performed("Call Ended")
      pro: traits.plan = "pro"
      in_hot_accounts: any account(member("hot_accounts"))
    accounts:
      traits:
        tier: traits.tier
        buyers: count over members(orders >= 1)
      audiences:
        enterprise: tier = "enterprise"
        hot_accounts: count over members(orders >= 1) >= 10
    """

  /// How each file is taken in, and how many lines it has.
  private static let inputs: [(arguments: [String], lines: Int)] = [
    (["accounts.csv", "--mapping", "accounts.yaml", "--source", "crm"], 5),
    (["contacts.csv", "--mapping", "contacts.yaml", "--source", "crm"], 50),
    (["web.ndjson", "--source", "web"], 80),
    (["app.json", "--source", "app"], 60),
    // Remainders 1, 2, 3, 4, 0, five times over: 2 + 3 + 4 + 5 + 1 orders each time.
    (["orders.csv", "--mapping", "orders.yaml", "--source", "shop"], 75),
    (["tickets.ndjson", "--source", "desk"], 15),
    (["tills.csv", "--mapping", "tills.yaml", "--source", "tills"], 10),
    (["mails.csv", "--mapping", "mails.yaml", "--source", "mail"], 75),
    (["calls.csv", "--mapping", "calls.yaml", "--source", "calls"], 10),
  ]

  /// Audiences and their sizes.
  private static let sizes = [
    "everybody": 50, "buyers": 30,
    // Orders are a little over 1,000 EUR each, so that 4 or 5 are needed: remainders 3 and 4.
    "big_spenders": 10, "app_users": 30, "waiting": 5, "clicked": 25, "called": 10,
    // Of the 40 who signed up every fourth.
    "pro": 10, "enterprise": 2,
    // Persons 1 to 30 bought something: all of accounts 1, 2 and 3.
    "hot_accounts": 3, "in_hot_accounts": 30,
  ]

  @Test func nineFilesBecomeFiftyPeople() throws {
    let run = try CommandLineRun()
    defer { run.remove() }
    try WalkFiles(run: run).write()
    try run.write(Self.rules, to: "rules.yaml")
    try run.write(Self.definitions, to: "definitions.yaml")
    #expect(try run.cairn("init", "shop").status == 0)
    #expect(try run.cairn("identity", "apply", "shop", "rules.yaml").status == 0)
    #expect(try run.cairn("apply", "shop", "definitions.yaml").status == 0)
    for input in Self.inputs {
      let taken = try run.cairn(
        ["ingest", "shop"] + input.arguments + ["--clock", "events", "--json"])
      #expect(taken.status == 0, "\(input.arguments): \(taken.output)\(taken.errors)")
      #expect(
        taken.output.contains(#""accepted":\#(input.lines),"#),
        "\(input.arguments): \(taken.output)")
    }
    let list = try run.cairn("audience", "list", "shop", "--json").output
    for (audience, size) in Self.sizes {
      #expect(
        list.contains(#"{"audience":"\#(audience)","members":\#(size)"#), "\(audience) in \(list)")
    }
    let profiles = try run.cairn("export", "shop", "profiles", "--format", "ndjson").output
    #expect(profiles.split(separator: "\n").count == 50)
    let accounts = try run.cairn("export", "shop", "accounts", "--format", "ndjson").output
    #expect(accounts.split(separator: "\n").count == 5)
    try lookAround(run)
    #expect(try run.cairn("verify", "shop", "--replay").status == 0)
  }

  /// One person by each of the names that the systems know the person by, an account, an ad export, an erasure.
  private func lookAround(_ run: CommandLineRun) throws {
    for name in ["user_id:u-23", "email:PERSON23@example.com", "phone:+49302010023", "crm_id:C23"] {
      let page = try run.cairn("profile", "show", "shop", name, "--json").output
      // Four orders of the shop and one of the till.
      #expect(page.contains(#""orders":5"#), "\(name): \(page)")
      // 1,000.50 + 1,001.50 + 1,002.50 + 1,003.50 + 50
      #expect(page.contains(#""ltv":{"EUR":4058}"#), "\(name): \(page)")
      #expect(page.contains(#"["group_id:acct-3"]"#), "\(name): \(page)")
    }
    let account = try run.cairn("account", "show", "shop", "acct-4", "--json").output
    #expect(account.contains(#""members":10"#) && account.contains(#""tier":"enterprise""#))
    let export = try run.cairn(
      "export", "shop", "audience", "big_spenders", "--format", "google", "--output", "google.csv")
    #expect(export.status == 0, "\(export.errors)")
    let rows = try run.read("google.csv").split(whereSeparator: \.isNewline)
    #expect(rows.count == 11, "\(rows.joined(separator: "\n"))")
    #expect(try run.cairn("erase", "shop", "email:person23@example.com", "--yes").status == 0)
    let list = try run.cairn("audience", "list", "shop", "--json").output
    #expect(list.contains(#"{"audience":"everybody","members":49"#))
    #expect(list.contains(#"{"audience":"big_spenders","members":9"#))
    #expect(try run.cairn("profile", "show", "shop", "user_id:u-23").status != 0)
  }
}
