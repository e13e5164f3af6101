// Deliveries that come after their profiles were absorbed: under which identifiers they go.

@testable import Activation
import Foundation
import Storage
import Testing

@testable import Cairn
@testable import Engine

@Suite struct DeliveryIdentityTests {
  private let directory = TemporaryDirectory()

  private var path: String { directory.store + "-crm.ndjson" }

  /// People who looked and never signed in, and people who complained.
  private func makeStore(suppressed: [String] = []) throws -> Store {
    let store = try Store.create(at: directory.store, options: .repeatable())
    _ = try store.apply(
      definitions(
        traits: [],
        audiences: [
          ("visitors", #"performed("Viewed") and not performed("Signed In")"#),
          ("viewers", #"performed("Viewed")"#), ("refunded", #"performed("Refunded")"#),
        ]))
    try store.addDestination(
      Destination(
        name: "crm", path: path, audiences: ["visitors", "viewers"], suppressed: suppressed))
    return store
  }

  private func event(_ name: String, _ identifiers: String, hour: Int) -> String {
    track(name, id: "m\(hour)", identifiers, at: "2026-03-01T0\(hour):00:00Z")
  }

  /// The lines of an audience.
  private func lines(_ audience: String, _ event: String) throws -> [Substring] {
    try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").filter {
      $0.contains(#""audience_key":"\#(audience)""#) && $0.contains("Audience \(event)")
    }
  }

  @Test(arguments: [false, true])
  func theExitOfAnAbsorbedProfileNamesASurvivorWhoIsOut(deliversBetween: Bool) throws {
    let store = try makeStore()
    try store.take([
      event("Signed In", #""userId":"a""#, hour: 1),
      event("Viewed", #""anonymousId":"x""#, hour: 2),
    ])
    if deliversBetween { _ = try store.deliver(to: "crm") }
    try store.take([event("Viewed", #""userId":"a","anonymousId":"x""#, hour: 3)])
    _ = try store.deliver(to: "crm")
    let exits = try lines("visitors", "Exited")
    let exit = try #require(exits.first)
    #expect(exits.count == 1 && exit.contains(#""merged_into":"#))
    #expect(exit.contains(#""anonymousId":"x""#) && exit.contains(#""userId":"a""#))
    let entry = try #require(try lines("visitors", "Entered").first)
    #expect(entry.contains(#""anonymousId":"x""#), "an entry reported late is not empty")
    let living = try #require(try lines("viewers", "Exited").first)
    #expect(!living.contains(#""anonymousId":"x""#), "a is in it: x must not be taken out")
    try store.close()
  }

  @Test func theExitOfAnAbsorbedProfileNamesASurvivorWhoIsKeptOut() throws {
    let store = try makeStore(suppressed: ["refunded"])
    try store.take([
      event("Refunded", #""userId":"a""#, hour: 1), event("Viewed", #""userId":"a""#, hour: 2),
      event("Viewed", #""anonymousId":"x""#, hour: 3),
    ])
    _ = try store.deliver(to: "crm")
    try store.take([event("Viewed", #""userId":"a","anonymousId":"x""#, hour: 4)])
    _ = try store.deliver(to: "crm")
    let exits = try lines("viewers", "Exited")
    #expect(exits.count == 1 && exits.allSatisfy { $0.contains(#""anonymousId":"x""#) })
    try store.close()
  }
}
