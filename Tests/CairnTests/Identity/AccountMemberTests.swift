// Accounts: profiles of their own kind, with the persons whose events count for them.

import Audiences
import Bytes
import Cairn
import Storage
import Testing
@testable import Engine

struct AccountMemberTests {
  private static let time = "2026-03-01T10:00:00.000Z"

  @Test func eventsCountForTheAccountInTheirContext() throws {
    let directory = TemporaryDirectory()
    let store = try Store.create(at: directory.store, options: .repeatable())
    _ = try store.apply(definitions(audiences: [("no_orders", #"not performed("Order")"#)]))
    let group = { (id: String, user: String, account: String) in
      #"{"type":"group","messageId":"\#(id)","userId":"\#(user)","groupId":"\#(account)","#
        + #""timestamp":"\#(Self.time)"}"#
    }
    try store.take([
      group("1", "u1", "x"), group("2", "u1", "y"), group("3", "u2", "y"),
      track(
        "Demo", id: "4", #""anonymousId":"a1","context":{"groupId":"x"}"#,
        at: "2026-03-02T10:00:00.000Z"),
      identify(id: "5", #""userId":"u1","anonymousId":"a1""#, at: Self.time),
    ])
    #expect(try store.members(ofAccount: "x") == ["user_id:u1", "anonymous_id:a1"])
    #expect(try store.members(ofAccount: "y") == ["user_id:u1", "user_id:u2"])
    #expect(try store.accounts(of: "anonymous_id:a1") == ["group_id:x", "group_id:y"])
    #expect(try store.accounts(of: "user_id:u2") == ["group_id:y"])
    // Accounts are not persons.
    #expect(try store.snapshot().stats().profiles == 2)
    #expect(try store.snapshot().audience("no_orders").memberCount == 2)
    #expect(try store.snapshot().identityHealth().accounts == 2)
    #expect(try store.report("group_id:x")?.names == ["group_id:x"])
    // A split takes the person's part in the account along.
    _ = try store.split([Identifier(type: "anonymous_id", value: "a1")])
    #expect(try store.accounts(of: "anonymous_id:a1") == ["group_id:x"])
    #expect(store.verify(replay: true).problems == [])
    let hash = try store.snapshot().stateHash()
    try store.close()
    let again = try Store.open(at: directory.store, options: .repeatable())
    #expect(try again.snapshot().stateHash() == hash)
    #expect(try again.members(ofAccount: "x") == ["user_id:u1", "anonymous_id:a1"])
    try again.close()
  }
}

extension Store {
  fileprivate func members(ofAccount value: String) throws -> [String] {
    try snapshot().memberIdentifiers(ofAccount: Identifier(type: "group_id", value: value))
      .map(\.description)
  }

  fileprivate func accounts(of text: String) throws -> [String] {
    guard let identifier = Identifier(text) else { return [] }
    return try snapshot().accounts(of: identifier).map(\.description)
  }
}
