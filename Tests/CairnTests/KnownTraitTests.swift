// Known traits: what was said last, by the time of saying it, stands in the place of everything that was
// said of the same trait before; in whatever order it arrives.

@testable import Activation
@testable import Engine
import Bytes
import Cairn
import Events
import Storage
import StorageSimulation
import Testing

@Suite struct KnownTraitTests {
  private static let rules: [(name: String, rule: String)] = [
    ("in_berlin", #"traits.address.city = "Berlin""#),
    ("has_address", "exists(traits.address)"),
    ("has_city", "exists(traits.address.city)"),
    ("vip", #"traits.tags contains "vip""#),
    ("loud_vip", #"uppercase(traits.tags) contains "VIP""#),
    ("two_tags", "length(traits.tags) = 2"),
    ("other_tags", #"traits.tags != "vip""#),
    ("is_tag", #"traits.tags = "vip""#),
    ("one_of", #"traits.tags in ["vip", "new"]"#),
    ("no_tags", "traits.tags = null"),
    ("tagged", "length(traits.tags) > 0"),
    ("same", "traits.tags = traits.labels"),
    ("vip_in_event", #"performed(* where type = "identify" and traits.tags contains "vip")"#),
  ]

  private func store(_ directory: borrowing TemporaryDirectory, _ lines: [String]) throws -> Store {
    let store = try Store.create(at: directory.store, options: .repeatable())
    _ = try store.apply(
      definitions(
        traits: [
          ("city", "coalesce(traits.address.city, \"?\")"),
          ("said_city", #"last(* where type = "identify", traits.address.city)"#),
          ("tags", #"if(exists(traits.tags), length(traits.tags), -1)"#),
        ], audiences: Self.rules.map { ($0.name, $0.rule) }))
    try store.take(lines)
    return store
  }

  private func said(_ traits: String, user: String = "u", at minute: Int) -> String {
    let time = "2026-03-01T10:\(minute < 10 ? "0" : "")\(minute):00Z"
    return #"{"type":"identify","messageId":"\#(user)\#(minute)","userId":"\#(user)","#
      + #""timestamp":"\#(time)","traits":{\#(traits)}}"#
  }

  private func audiences(after traits: [String]) throws -> Set<String> {
    let directory = TemporaryDirectory()
    let store = try store(
      directory, traits.enumerated().map { said($1, at: $0) })
    let names = try store.report("user_id:u")?.audienceNames ?? []
    #expect(store.verify(replay: true).problems == [])
    try store.close()
    return Set(names)
  }

  @Test func listsAreAskedForTheirElements() throws {
    #expect(
      try audiences(after: [#""tags":["vip","new"],"labels":["vip","new"]"#])
        == ["vip", "loud_vip", "two_tags", "other_tags", "tagged", "same", "vip_in_event"])
    #expect(
      try audiences(after: [#""tags":["vips"],"labels":"x""#]) == ["other_tags", "tagged"])
    #expect(try audiences(after: [#""tags":[]"#]) == ["other_tags"])
    #expect(try audiences(after: [#""tags":{"vip":1}"#]) == ["other_tags"])
    // A text has the constant inside, as ever.
    #expect(
      try audiences(after: [#""tags":"vip""#])
        == ["vip", "loud_vip", "is_tag", "one_of", "tagged", "vip_in_event"])
    // The list goes as a whole, too.
    #expect(
      try audiences(after: [#""tags":["vip"]"#, #""tags":["new","old"]"#])
        == ["two_tags", "other_tags", "tagged", "vip_in_event"])
    #expect(
      try audiences(after: [#""tags":["vip"]"#, #""tags":null"#]) == ["no_tags", "vip_in_event"])
  }

  @Test(arguments: [
    #""address":null"#, #""address":"10115 Berlin""#, #""address":{"country":"FR"}"#,
    #""address":{}"#, #""address":["Berlin"]"#, #""address":{"city":null}"#,
    #""address":{"city":{"name":"Berlin"}}"#,
  ])
  func anAddressStandsInThePlaceOfTheOneBefore(later: String) throws {
    let berlin = #""address":{"city":"Berlin","country":"DE"}"#
    #expect(try audiences(after: [berlin]).isSuperset(of: ["in_berlin", "has_city"]))
    #expect(try !audiences(after: [berlin, later]).contains("in_berlin"))
    // What says nothing of the address leaves it.
    #expect(try audiences(after: [berlin, #""firstName":"Jane""#]).contains("in_berlin"))
    #expect(try audiences(after: [later, berlin]).contains("in_berlin"))
  }

  /// Every order of arrival says the same: the time of an event decides, not when it came.
  @Test func theOrderOfArrivalMakesNoDifference() throws {
    let values = [
      #""address":{"city":"Berlin","postalCode":"10115","country":"DE"}"#, #""address":null"#,
      #""address":"Berlin""#, #""address":{"country":"FR","city":"Paris"}"#, #""city":"Bonn""#,
      #""city":null"#, #""country":"AT","zip":"1010""#, #""tags":["vip","new"]"#, #""tags":[]"#,
      #""tags":null"#, #""tags":"vip""#, #""firstName":"Jane","lastName":"Doe""#,
      #""firstName":null"#,
    ]
    var different: Set<[String]> = []
    for seed in UInt64(1)...6 {
      var random = SeededRandom(seed)
      var lines: [String] = []
      for user in ["u", "v", "w"] {
        for minute in 0..<7 { lines.append(said(random.pick(values), user: user, at: minute)) }
      }
      var first: [String]?
      for _ in 0..<3 {
        let directory = TemporaryDirectory()
        let store = try store(directory, lines)
        let found = try answers(of: store)
        try store.close()
        #expect(found == first ?? found, "seed \(seed)")
        first = found
        lines.shuffle(using: &random)
      }
      different.insert(first ?? [])
    }
    #expect(different.count > 3, "the streams differ")
  }

  /// Members, traits, and what an ad platform would get.
  private func answers(of store: Store) throws -> [String] {
    var answers: [String] = []
    for (name, _) in Self.rules {
      answers.append("\(name) \(try store.users(in: name).sorted())")
    }
    for user in ["u", "v", "w"] {
      let report = try #require(try store.report("user_id:\(user)"))
      answers += report.traits.map { "\(user) \($0.name) \($0.value)" }
    }
    let everyone = "everyone"
    _ = try store.apply(definitions(audiences: [(everyone, "performed(*)")]), prune: false)
    var bytes: [UInt8] = []
    let export = AdExport(audience: everyone, rules: AdRules(.meta))
    _ = try store.snapshot().export(export) { (piece) throws(StoreError) in bytes += piece }
    let table = String(decoding: bytes, as: UTF8.self)
    answers += table.split(separator: "\r\n").map(String.init).sorted()
    return answers
  }
}
