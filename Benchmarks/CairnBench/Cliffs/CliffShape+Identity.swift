// Shapes that make a profile with very many identifiers.

extension CliffShape {
  /// Forty days apart, so that no limit on how many identifiers a while may bring keeps profiles apart.
  private static func mergeSeconds(_ index: Int) -> Int { -63_600_000_000 + index * 3_456_000 }

  private static let unlimited = "identifiers: [user_id, email, anonymous_id]\n"

  /// Asks for what can be added up and what cannot.
  private static let judged = """
    audiences:
      a: 'count("P") >= 1000000'
      b: 'count("P", last 90d) >= 1000000'
      c: 'sum("P", properties.v, last 90d) > 1000000000'
      d: 'max("P", properties.v) > 1000000'

    """

  private static func line(
    _ index: Int, user: String? = nil, anonymous: String, email: String? = nil,
    account: String? = nil, id: String
  ) -> String {
    CliffLine(
      event: "P", user: user, anonymous: anonymous, email: email, account: account,
      properties: #""v":\#(index * 7 % 1000)"#, id: id, seconds: index
    ).text
  }

  /// Newest first: the profile of all that were joined before is absorbed by the next older one.
  private static func absorbing(_ index: Int, _ count: Int, seconds: (Int) -> Int) -> String {
    let older = count - 1 - index
    return CliffLine(
      event: "P", anonymous: "a\(older)", email: "e\(older + 1)@x.y",
      properties: #""v":\#(index * 7 % 1000)"#, id: "m\(index)",
      seconds: seconds(older) + 1_728_000
    ).text
  }

  private static func people(_ count: Int, seconds: (Int) -> Int) -> [String] {
    (0...count).map { index in
      CliffLine(
        event: "P", anonymous: "a\(index)", email: "e\(index)@x.y",
        properties: #""v":\#(index % 1000)"#, id: "p\(index)", seconds: seconds(index)
      ).text
    }
  }

  /// The two people whom an event joins, so that always two profiles of as many identifiers are joined, as soon as
  /// there are two.
  private static func pair(_ index: Int) -> (Int, Int) {
    // The nodes of a tree, those below a node before it.
    var (first, rest, half) = (0, index, 1 << 30)
    while rest != 2 * half - 2 {
      if rest >= half - 1 {
        rest -= half - 1
        first += half
      }
      half /= 2
    }
    return (first, first + half)
  }

  static let identity = [
    CliffShape(
      name: "absorbing-merges", growing: "identifiers of the profile that is absorbed",
      definitions: "traits:\n  n: count(*)\n", divisor: 2,
      preparation: { people($0, seconds: mergeSeconds) },
      line: { absorbing($0, $1, seconds: mergeSeconds) }),
    CliffShape(
      name: "absorbing-merges-judged", growing: "homes of the profile that is absorbed",
      definitions: judged, rules: unlimited, audiencesNamed: 4, divisor: 2,
      preparation: { people($0, seconds: { $0 }) },
      line: { absorbing($0, $1, seconds: { $0 }) }),
    CliffShape(
      name: "equal-merges", growing: "identifiers of the profiles that are joined",
      definitions: judged, rules: unlimited, audiencesNamed: 4, divisor: 2,
      preparation: { people(2 * $0, seconds: { $0 }) },
      line: { index, _ in
        let (first, second) = pair(index)
        return CliffLine(
          event: "P", anonymous: "a\(first)", email: "e\(second)@x.y", properties: #""v":1"#,
          id: "m\(index)", seconds: 100_000 + index
        ).text
      }),
    CliffShape(
      name: "growing-hub", growing: "identifiers of one profile, within limits",
      definitions: judged, audiencesNamed: 4, divisor: 2,
      line: { index, _ in
        CliffLine(
          event: "P", user: "hub", anonymous: "a\(index)", properties: #""v":\#(index % 1000)"#,
          id: "m\(index)", seconds: mergeSeconds(index)
        ).text
      }),
    CliffShape(
      name: "many-homes", growing: "homes of one profile", definitions: judged, rules: unlimited,
      audiencesNamed: 4,
      line: { index, _ in
        line(index, anonymous: "hub", email: "e\(index)@x.y", id: "m\(index)")
      }),
    CliffShape(
      name: "many-homes-again", growing: "homes of one profile, in any order",
      definitions: judged, rules: unlimited, audiencesNamed: 4,
      line: { index, _ in
        let home = index.isMultiple(of: 2) ? index / 2 : index * 7919 % (index / 2 + 1)
        return line(index, anonymous: "hub", email: "e\(home)@x.y", id: "m\(index)")
      }),
    CliffShape(
      name: "many-homes-in-account", growing: "homes of a member of an account",
      definitions:
        "audiences:\n  a: any account(count(\"P\") >= 1000000)\n"
        + "accounts:\n  audiences:\n    b: at least 1000000 members(count(\"P\") > 2)\n",
      rules: unlimited, audiencesNamed: 2,
      line: { index, _ in
        line(index, anonymous: "hub", email: "e\(index)@x.y", account: "acme", id: "m\(index)")
      }),
  ]
}
