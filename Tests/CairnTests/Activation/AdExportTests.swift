// Exports for ad platforms, from events to the file: who is in it, under which identifiers, and what is
// counted. The platforms' rules themselves are tested where they stand.

@testable import Activation
import Bytes
import Events
import Storage
import Testing

@testable import Cairn
@testable import Engine

@Suite struct AdExportTests {
  private let directory = TemporaryDirectory()

  private func person(_ id: String, _ identifiers: String, traits: String, at day: Int) -> String {
    #"{"type":"identify","messageId":"\#(id)",\#(identifiers),"#
      + #""timestamp":"2026-03-0\#(day)T10:00:00.000Z","traits":{\#(traits)}}"#
  }

  /// Four members of `buyers`: two with e-mail addresses, one with a phone number, one with neither.
  private func makeStore() throws -> Store {
    let store = try Store.create(at: directory.store, options: .repeatable())
    _ = try store.apply(
      definitions(
        traits: [],
        audiences: [
          ("buyers", #"performed("Order Completed")"#), ("refunded", #"performed("Refunded")"#),
          ("nobody", #"performed("Never")"#),
        ]))
    func order(_ id: String, _ user: String, _ event: String = "Order Completed") -> String {
      track(event, id: id, #""userId":"\#(user)""#, at: "2026-03-05T10:00:00.000Z")
    }
    try store.take([
      order("o1", "=ada"), order("o2", "ben"), order("o3", "cy"), order("o4", "=dan"),
      order("r1", "cy", "Refunded"),
      person(
        "i1", #""userId":"=ada""#,
        traits: #""email":"Ada.L+x@gmail.com","firstName":"Old","address":{"city":"Berlin"}"#, at: 1
      ),
      person(
        "i2", #""userId":"=ada""#,
        traits: #""firstName":"Ada","lastName":"Lovelace","phone":"(800) 555-0100","address":{"#
          + #""postalCode":"94107","country":"US","state":"California"}"#, at: 3),
      // Arrives last, but is older: only what i1 said at the same time gives way to it.
      person("i3", #""userId":"=ada""#, traits: #""firstName":"Older","city":"Bonn""#, at: 1),
      person("i4", #""userId":"ben""#, traits: #""phone":"030 123456","gender":"m""#, at: 2),
      person("i5", #""userId":"ben""#, traits: #""gender":null"#, at: 4),
      person("i6", #""userId":"cy""#, traits: #""email":"cy@example.com""#, at: 2),
    ])
    return store
  }

  private func rows(
    _ store: Store, _ export: AdExport
  ) throws -> (report: AdExportReport, rows: [[String]]) {
    var bytes: [UInt8] = []
    let report = try store.snapshot().export(export) { (piece) throws(StoreError) in
      bytes += piece
    }
    // No cell of these exports holds a comma, a quote or a line break.
    let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\r\n")
    return (
      report,
      lines.map { $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init) }
    )
  }

  private func hash(_ text: String) -> String { HashedText.of(text) ?? "" }

  @Test func googleGetsHashesOfTheNewestFacts() throws {
    let store = try makeStore()
    let german = AdRules(.google, country: CountryCode("DE"))
    let (report, rows) = try rows(store, AdExport(audience: "buyers", rules: german))
    #expect(rows.first == ["Email", "Phone", "First Name", "Last Name", "Country", "Zip"])
    #expect(
      rows.dropFirst() == [
        [
          hash("adal@gmail.com"), hash("+18005550100"), hash("ada"), hash("lovelace"), "US",
          "94107",
        ],
        ["", hash("+4930123456"), "", "", "", ""],
        [hash("cy@example.com"), "", "", "", "", ""],
      ])
    #expect(report.members == 4 && report.people == 3 && report.rows == 3)
    #expect(report.withEmail == 2 && report.withPhone == 2 && report.withAddress == 1)
    #expect(report.withNone == 1 && report.suppressed == 0)
    try store.close()
  }

  @Test func metaGetsTheSamePeopleUnderItsOwnRules() throws {
    let store = try makeStore()
    let german = AdRules(.meta, country: CountryCode("DE"))
    let (report, rows) = try rows(store, AdExport(audience: "buyers", rules: german))
    let ada = try #require(rows.first { $0[0] == "'=ada" }, "a formula is not run")
    #expect(ada[1] == hash("ada.l+x@gmail.com") && ada[2] == hash("18005550100"))
    #expect(ada[10] == hash("bonn"), "of equal times, the later arrival")
    #expect(ada[11] == hash("ca") && ada[13] == hash("us"))
    let ben = try #require(rows.first { $0[0] == "ben" })
    #expect(ben[3] == "", "unset")
    #expect(ben[2] == hash("4930123456") && ben[13] == hash("de"))
    #expect(report.people == 4 && report.withNone == 0, "a user id is something to match by")
    try store.close()
  }

  /// However many people are looked up together, the file is the same: nobody is given what others have said.
  @Test(arguments: [1, 2, 3, 5])
  func howManyAreReadTogetherChangesNothing(eventsMax: Int) throws {
    let store = try makeStore()
    let export = AdExport(audience: "buyers", rules: AdRules(.google, country: CountryCode("DE")))
    let expected: (report: AdExportReport, rows: [[String]]) = try rows(store, export)
    var bytes: [UInt8] = []
    let report = try store.snapshot().export(export, at: nil, eventsMax: eventsMax) {
      (piece) throws(StoreError) in bytes += piece
    }
    #expect(report == expected.report)
    #expect(
      String(decoding: bytes, as: UTF8.self).split(separator: "\r\n")
        == expected.rows.map { $0.joined(separator: ",")[...] })
    try store.close()
  }

  @Test func suppressedPeopleAreLeftOutAndCounted() throws {
    let store = try makeStore()
    let export = AdExport(
      audience: "buyers", suppressed: ["refunded", "nobody"], rules: AdRules(.google))
    let (report, rows) = try rows(store, export)
    #expect(report.members == 4 && report.suppressed == 1)
    #expect(!rows.contains { $0[0] == hash("cy@example.com") })
    #expect(throws: StoreError.self) {
      try self.rows(
        store, AdExport(audience: "buyers", suppressed: ["typo"], rules: AdRules(.google)))
    }
    try store.close()
  }

  /// Numbers of JSON are read by their value, and under the SDK's rules a number in two spellings is one row.
  @Test func numbersAreReadByTheirValue() throws {
    let store = try makeStore()
    _ = try store.apply(
      try IdentityRulesFile.read("country: DE\nidentifiers: [user_id, phone]", file: "rules.yaml"))
    try store.take([
      person(
        "n1", #""userId":"ben""#,
        traits: #""phone":"030 123456","postalCode":10115.0,"birthday":642038400000.0"#, at: 6)
    ])
    let german = CountryCode("DE")
    let sdk = AdRules(.meta, compatibility: .metaSDK, country: german)
    for rules in [AdRules(.meta, country: german), sdk] {
      let found = try rows(store, AdExport(audience: "buyers", rules: rules)).rows
      let ben = found.filter { $0[0] == rules.userID("ben") }
      #expect(ben.map { $0[2] } == [hash("4930123456")])
      #expect(ben.map { $0[12] } == [hash("10115")])
      #expect(ben.map { Array($0[4...6]) } == [[hash("1990"), hash("05"), hash("07")]])
    }
    try store.close()
  }

  /// `address: null`, or a text in its place, takes back what stood in it, and nothing else.
  @Test(arguments: ["null", #""Main Street 5""#, "false"])
  func anAddressCanBeTakenBack(said: String) throws {
    let store = try makeStore()
    try store.take([
      person("i7", #""userId":"=ada""#, traits: #""address":\#(said)"#, at: 6)
    ])
    let export = AdExport(audience: "buyers", rules: AdRules(.meta))
    let ada = try #require(try rows(store, export).rows.first { $0[0] == "'=ada" })
    #expect(ada[11] == "" && ada[12] == "" && ada[13] == "")
    #expect(ada[10] == hash("bonn"), "a trait of its own")
    #expect(ada[7] == hash("lovelace"))
    try store.take([
      person("i8", #""userId":"=ada""#, traits: #""address":{"state":"Texas"}"#, at: 7),
      person("i9", #""userId":"=ada""#, traits: #""address":[],"country":"US""#, at: 8),
    ])
    let later = try #require(try rows(store, export).rows.first { $0[0] == "'=ada" })
    // PHP's empty object is an address without a state.
    #expect(later[11] == "" && later[13] == hash("us"))
    try store.close()
  }

  @Test func aCountryThatIsNotATextIsNotReplaced() throws {
    let store = try makeStore()
    try store.take([
      person("i7", #""userId":"ben""#, traits: #""country":{"code":"DK"}"#, at: 6),
      person("i8", #""userId":"=dan""#, traits: #""country":null"#, at: 6),
    ])
    let german = AdRules(.meta, country: CountryCode("DE"))
    let rows = try rows(store, AdExport(audience: "buyers", rules: german)).rows
    #expect(rows.first { $0[0] == "ben" }?[13] == "")
    #expect(rows.first { $0[0] == "'=dan" }?[13] == hash("de"))
    try store.close()
  }

  @Test func nobodyIsBornAfterTheExport() throws {
    let store = try makeStore()
    try store.take([
      person("i7", #""userId":"ben""#, traits: #""birthday":"2026-03-06""#, at: 5),
      person("i8", #""userId":"cy""#, traits: #""birthday":"2026-03-05""#, at: 5),
    ])
    let rows = try rows(store, AdExport(audience: "buyers", rules: AdRules(.meta))).rows
    #expect(rows.first { $0[0] == "ben" }?[4] == "")
    #expect(rows.first { $0[0] == "cy" }?[4] == hash("2026"))
    try store.close()
  }

  @Test func accountsAreNotMatched() throws {
    let store = try makeStore()
    let definitions = DefinitionText(
      kind: .accountAudience, name: "big", text: "count(*) >= 1", file: "test")
    _ = try store.apply([
      definitions,
      DefinitionText(
        kind: .audience, name: "buyers", text: #"performed("Order Completed")"#, file: "t"),
    ])
    for export in [
      AdExport(audience: "big", rules: AdRules(.google)),
      AdExport(audience: "buyers", suppressed: ["big"], rules: AdRules(.google)),
    ] {
      #expect(throws: StoreError.self) { try self.rows(store, export) }
    }
    try store.close()
  }
}
