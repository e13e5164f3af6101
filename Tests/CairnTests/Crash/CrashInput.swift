// The events that the crash and fault tests feed to a store: few people, but everything that can
// happen to them. Visitors become known, two devices turn out to be one person, lines come twice, a
// line is not an event, orders leave their window, values nest.

import Bytes
import Cairn
import Profiles

/// The input of the crash tests, one line per event.
enum CrashInput {
  /// Milliseconds between events.
  private static let step: Int64 = 20 * 60_000

  /// When line `index` happened.
  static func time(_ index: Int) -> Timestamp {
    instant("2024-03-01T08:00:00Z") + Milliseconds(Int64(index) * step)
  }

  /// All lines, in order.
  static let lines: [String] = [
    view(0, anonymous: "a1", "shoes"), view(1, anonymous: "a2", "hats"),
    order(2, user: "u1", "60.25"), view(3, anonymous: "a1", "shoes"),
    order(4, user: "u2", "10"), #"{"type":"track","messageId":"m5""#,
    order(6, user: "u1", "49.95"), view(0, anonymous: "a1", "shoes"),
    identify(8, user: "u1", anonymous: "a1"), view(9, anonymous: "a1", "coats"),
    order(10, user: "u3", "5"), order(2, user: "u1", "60.25"),
    view(12, anonymous: "a3", "hats"), order(13, user: "u2", "95.5"),
    identify(14, user: "u2", anonymous: "a3"), order(15, user: "u2", "1", currency: "EUR"),
    view(16, anonymous: "a2", "shoes"), #"{"type":"dance","messageId":"m17","userId":"u1"}"#,
    email(18, user: "u3", "X@example.com"), order(4, user: "u2", "999"),
    email(20, user: "u4", "x@example.com"), order(21, user: "u4", "200"),
    identify(22, user: "u3", anonymous: "a2"), view(23, anonymous: "a2", "socks"),
    order(24, user: "u1", "0.05"), order(10, user: "u3", "5"),
    view(26, anonymous: "a5", "ties"), identify(27, user: "u5", anonymous: "a5"),
    order(28, user: "u5", "150"), order(29, user: "u3", "-3"),
    order(30, user: "u6", "7"), identify(31, user: "u6", anonymous: "a1"),
    email(32, user: "u2", "y@example.com"), email(33, user: "u7", "Y@example.com"),
    identify(34, user: "u7", anonymous: "a3"), email(35, user: "u7", "y@example.com"),
    email(36, user: "u2", "y@example.com"),
  ]

  /// The lines of a range as one input.
  static func bytes(_ range: Range<Int>) -> [UInt8] {
    Array(lines[range].joined(separator: "\n").utf8) + [10]
  }

  private static func event(_ index: Int, _ type: String, _ rest: String) -> String {
    #"{"type":"\#(type)","messageId":"m\#(index)","timestamp":"\#(time(index))",\#(rest)}"#
  }

  private static func view(_ index: Int, anonymous: String, _ category: String) -> String {
    event(
      index, "track",
      #""event":"Product Viewed","anonymousId":"\#(anonymous)","properties":"#
        + #"{"category":{"name":"\#(category)","key\#(index % 5)":\#(index)}}"#)
  }

  private static func order(
    _ index: Int, user: String, _ revenue: String, currency: String = "USD"
  ) -> String {
    event(
      index, "track",
      #""event":"Order Completed","userId":"\#(user)","properties":"#
        + #"{"revenue":\#(revenue),"currency":"\#(currency)"}"#)
  }

  private static func identify(_ index: Int, user: String, anonymous: String) -> String {
    event(index, "identify", #""userId":"\#(user)","anonymousId":"\#(anonymous)""#)
  }

  private static func email(_ index: Int, user: String, _ email: String) -> String {
    event(index, "identify", #""userId":"\#(user)","traits":{"email":"\#(email)"}"#)
  }

  /// The lines of the person with an identifier; those of others that name them are not.
  static func lines(of identifier: String) -> [Int] {
    let people: [String: (user: String, device: String)] = [
      "anonymous_id:a1": (#""userId":"u1""#, #""anonymousId":"a1""#),
      "user_id:u2": (#""userId":"u2""#, #""anonymousId":"a3""#),
    ]
    guard let person = people[identifier] else { return [] }
    return lines.indices.filter { index in
      let line = lines[index]
      return line.contains(#""userId":"#)
        ? line.contains(person.user) : line.contains(person.device)
    }
  }

  /// One device a user at most.
  static var tightRules: IdentityRules {
    var rules = IdentityRules.standard
    rules.constraints[2].limit = .init(1, .ever)
    return rules
  }

  /// As many of everything as there are.
  static var openRules: IdentityRules {
    var rules = IdentityRules.standard
    for index in rules.constraints.indices { rules.constraints[index].limit = nil }
    return rules
  }

  /// What is defined first.
  static let firstDefinitions = definitions(
    traits: [
      ("orders", #"count("Order Completed")"#),
      ("ltv", #"sum("Order Completed", properties.revenue, currency: properties.currency)"#),
      ("category", #"last("Product Viewed", properties.category.name)"#),
    ],
    audiences: [
      ("active", #"count("Order Completed", last 2h) >= 1"#),
      ("big", #"count("Order Completed", last 5h) >= 1 and ltv > 100 USD"#),
    ])

  /// What is defined later: one audience more, one rule changed, one trait gone.
  static let laterDefinitions = definitions(
    traits: [
      ("orders", #"count("Order Completed")"#),
      ("ltv", #"sum("Order Completed", properties.revenue, currency: properties.currency)"#),
    ],
    audiences: [
      ("active", #"count("Order Completed", last 3h) >= 1"#),
      ("big", #"count("Order Completed", last 5h) >= 1 and ltv > 100 USD"#),
      ("curious", #"count("Product Viewed", last 4h) >= 2"#),
    ])
}
