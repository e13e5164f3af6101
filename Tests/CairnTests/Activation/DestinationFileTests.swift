// Destinations and their files: each has its own, under whatever path.

@testable import Activation
import Foundation
import Storage
import Testing

@testable import Cairn
@testable import Engine

@Suite struct DestinationFileTests {
  private let directory = TemporaryDirectory()

  private func refusal(_ store: Store, _ name: String, _ path: String) -> StoreError? {
    do throws(StoreError) {
      try store.addDestination(Destination(name: name, path: path, audiences: ["buyers"]))
      return nil
    } catch {
      return error
    }
  }

  @Test func noFileIsSharedUnderWhateverPath() throws {
    let store = try Store.create(at: directory.store, options: .repeatable())
    _ = try store.apply(
      definitions(traits: [], audiences: [("buyers", #"performed("Order Completed")"#)]))
    let base = directory.store + "-out"
    let folder = base + "/ads"
    let link = directory.store + "-link"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: base)
    #expect(refusal(store, "crm", folder + "/crm.ndjson") == nil)
    for path in [
      folder + "/crm.ndjson", folder + "//./crm.ndjson", link + "/ads/crm.ndjson",
      folder + "/../ads/crm.ndjson",
    ] {
      let error = refusal(store, "mail", path)
      #expect(error?.code == .alreadyExists, "\(path)")
      #expect(error.map { "\($0)".contains("destination crm") } == true)
    }
    #expect(refusal(store, "mail", link + "/ads/mail.ndjson") == nil)
    // A folder that becomes a link to another one after both were added.
    let later = directory.store + "-later"
    #expect(refusal(store, "late", later + "/ads/crm.ndjson") == nil)
    try FileManager.default.createSymbolicLink(atPath: later, withDestinationPath: base)
    try store.take([
      track("Order Completed", id: "1", #""userId":"a""#, at: "2026-03-01T00:00:00Z")
    ])
    #expect(throws: StoreError.self) { try store.deliver(to: "late") }
    _ = try store.deliver(to: "mail")
    try store.removeDestination("late")
    #expect(try store.deliver(to: "crm").messages == 1)
    let text = try String(contentsOfFile: folder + "/crm.ndjson", encoding: .utf8)
    #expect(text.split(separator: "\n").count == 1)
    try store.close()
  }

  /// A destination that refuses is named, and those after it are served.
  @Test func eachDestinationIsServedWhateverBecomesOfTheOthers() throws {
    let store = try Store.create(at: directory.store, options: .repeatable())
    _ = try store.apply(
      definitions(traits: [], audiences: [("buyers", #"performed("Order Completed")"#)]))
    let folder = directory.store + "-there"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    for (name, path) in [
      ("a", folder + "/a"), ("b", directory.store + "-b"), ("c", folder + "/c"),
      ("d", directory.store + "-d"),
    ] {
      #expect(refusal(store, name, path) == nil)
    }
    try FileManager.default.removeItem(atPath: folder)
    try store.take([
      track("Order Completed", id: "1", #""userId":"a""#, at: "2026-03-01T00:00:00Z")
    ])
    let names = ["a", "b", "c", "d"]
    let first = try store.deliver(to: names)
    #expect(first.map(\.report.destination) == names)
    #expect(first.map(\.report.messages) == [0, 1, 0, 1])
    #expect(first.map { $0.failure != nil } == [true, false, true, false])
    #expect(first[0].report.cursor == .start && first[1].report.cursor > .start)
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let second = try store.deliver(to: names)
    #expect(second.map(\.report.messages) == [1, 0, 1, 0])
    #expect(second.allSatisfy { $0.failure == nil })
    // A name that no destination has is reported before anything is sent.
    #expect(throws: StoreError.self) { try store.deliver(to: ["b", "typo"]) }
    try store.close()
  }
}
