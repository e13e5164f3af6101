// What nine systems of a small company know of 50 people and 5 accounts, as each of them exports it.

import Foundation

/// The company's files; people are numbered from 1 to 50, accounts from 1 to 5.
///
/// Persons 1 to 10 belong to account 1, 11 to 20 to account 2, and so on.
struct WalkFiles {
  static let people = 1...50

  let run: CommandLineRun

  /// Writes all files.
  func write() throws {
    try writeLines(web, to: "web.ndjson")
    try run.write(app, to: "app.json")
    try writeLines(contacts, to: "contacts.csv")
    try run.write(Self.contactMapping, to: "contacts.yaml")
    try run.write(accounts, to: "accounts.csv")
    try run.write(Self.accountMapping, to: "accounts.yaml")
    try writeLines(orders, to: "orders.csv")
    try run.write(Self.orderMapping, to: "orders.yaml")
    try writeLines(tills, to: "tills.csv")
    try run.write(Self.tillMapping, to: "tills.yaml")
    try writeLines(tickets, to: "tickets.ndjson")
    try writeLines(mails, to: "mails.csv")
    try run.write(Self.mailMapping, to: "mails.yaml")
    try writeLines(calls, to: "calls.csv")
    try run.write(Self.callMapping, to: "calls.yaml")
  }

  private func writeLines(_ lines: [String], to name: String) throws {
    try run.write(lines.joined(separator: "\n") + "\n", to: name)
  }

  private static func day(_ number: Int) -> String {
    "2026-03-" + (number < 10 ? "0" : "") + String(number)
  }

  private static func account(of person: Int) -> String { "acct-\((person - 1) / 10 + 1)" }

  /// A number of Berlin, as people dial it there: 030 and seven digits.
  private static func dialled(_ person: Int) -> String {
    "030 20100\(person < 10 ? "0" : "")\(person)"
  }

  /// The web site: 40 people look around without a name and sign up later.
  private var web: [String] {
    (1...40).flatMap { person in
      [
        #"{"type":"page","messageId":"w\#(person)","anonymousId":"web-\#(person)","name":"Home","#
          + #""timestamp":"\#(Self.day(1))T08:00:00Z","properties":{"path":"/"}}"#,
        #"{"type":"identify","messageId":"s\#(person)","anonymousId":"web-\#(person)","#
          + #""userId":"u-\#(person)","timestamp":"\#(Self.day(2))T09:00:00.500+01:00","#
          + #""traits":{"email":"Person\#(person)@Example.com","plan":"\#(person % 4 == 0 ? "pro" : "free")"}}"#,
      ]
    }
  }

  /// The app: 30 people, in three bodies as its server posts them.
  private var app: String {
    stride(from: 1, to: 31, by: 10).map { first in
      let items = (first..<first + 10).flatMap { person in
        ["App Opened", "Feature Used"].enumerated().map { index, name in
          #"{"type":"track","event":"\#(name)","messageId":"a\#(person)-\#(index)","#
            + #""anonymousId":"app-\#(person)","userId":"u-\#(person)","#
            + #""timestamp":"\#(Self.day(3))T10:0\#(index):00Z","#
            + #""properties":{"feature":"\#(person % 2 == 0 ? "export" : "search")"}}"#
        }
      }
      return #"{"batch":[\#(items.joined(separator: ",\n  "))],"context":{"app":{"name":"demo"}}}"#
        + "\n"
    }.joined()
  }

  /// The CRM's contacts: everybody, with telephone and account.
  private var contacts: [String] {
    ["Id,E-Mail,First,Last,Phone,Country,Account"]
      + Self.people.map { person in
        "C\(person), person\(person)@example.com ,Pat,\"O'Neil, \(person)\",\(Self.dialled(person)),"
          + "Germany,\(Self.account(of: person))"
      }
  }

  private static let contactMapping = """
    type: identify
    columns:
      Id: traits.crm_id
      E-Mail: traits.email
      First: traits.firstName
      Last: traits.lastName
      Phone: traits.phone
      Country: traits.address.country
      Account: context.groupId
    constants:
      timestamp: "\(day(1))T00:00:00Z"
    """

  /// The CRM's accounts, which have no user.
  private var accounts: String {
    "Account;Name;Tier;Seats\n"
      + (1...5).map { "acct-\($0);Firm \($0);\($0 % 3 == 1 ? "enterprise" : "standard");\($0)0\n" }
      .joined()
  }

  private static let accountMapping = """
    type: group
    separator: ";"
    columns:
      Account: groupId
      Name: traits.name
      Tier: traits.tier
      Seats: {to: traits.seats, type: number}
    constants:
      timestamp: "\(day(1))T00:00:00Z"
    """

  /// The shop: persons 1 to 25 order once more than their number leaves when divided by 5, for 100 times that number
  /// of euros in all.
  private var orders: [String] {
    ["Bestellung;Kunde;Datum;Summe"]
      + (1...25).flatMap { person in
        (0...person % 5).map {
          "o\(person)-\($0);PERSON\(person)@EXAMPLE.COM;1\($0).03.2026 12:30;1.00\($0),50"
        }
      }
  }

  private static let orderMapping = """
    type: track
    event: Order Completed
    separator: ";"
    columns:
      Bestellung: properties.order_id
      Kunde: properties.email
      Datum: {to: timestamp, type: date, format: dd.MM.yyyy HH:mm, offset: "+01:00"}
      Summe: {to: properties.revenue, type: number, point: ","}
    constants:
      properties.currency: EUR
    """

  /// The tills: persons 21 to 30 pay once, and are known by their telephone.
  private var tills: [String] {
    ["phone,amount,day"]
      + (21...30).map { "\(Self.dialled($0).replacing(" ", with: "-")),50.00,20260320" }
  }

  private static let tillMapping = """
    type: track
    event: Order Completed
    columns:
      phone: properties.phone
      amount: {to: properties.revenue, type: number}
      day: {to: timestamp, type: date, format: yyyyMMdd}
    constants:
      properties.currency: EUR
      properties.channel: store
    """

  /// The help desk: every fifth person opened a ticket, and every tenth person's is solved.
  private var tickets: [String] {
    stride(from: 5, through: 50, by: 5).flatMap { person in
      (person % 10 == 0 ? ["Opened", "Solved"] : ["Opened"]).enumerated().map { index, state in
        #"{"type":"track","event":"Ticket \#(state)","messageId":"t\#(person)-\#(index)","#
          + #""timestamp":\#(1_774_000_000 + index),"properties":{"ticket_id":\#(person),"#
          + #""email":"person\#(person)@example.com"}}"#
      }
    }
  }

  /// The newsletter: everybody opened it, those of even number clicked.
  private var mails: [String] {
    ["address\taction\tat"]
      + Self.people.flatMap { person in
        (person % 2 == 0 ? ["Email Opened", "Email Clicked"] : ["Email Opened"]).map {
          "person\(person)@example.com\t\($0)\t2026-03-22 07:00:00+00"
        }
      }
  }

  private static let mailMapping = """
    type: track
    separator: tab
    event: {column: action}
    columns:
      address: properties.email
      at: timestamp
    """

  /// The call centre: persons 41 to 50, by international number.
  private var calls: [String] {
    ["number,seconds,ended"]
      + (41...50).map { "+49 (30) 201-00\($0),\($0 * 10),2026-03-23T16:00:00Z" }
  }

  private static let callMapping = """
    type: track
    event: Call Ended
    columns:
      number: properties.phone
      seconds: {to: properties.seconds, type: number}
      ended: timestamp
    """
}
