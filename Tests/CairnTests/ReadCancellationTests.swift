// Reading that nobody waits for any more ends, wherever it is.

import Bytes
import Glibc
import Storage
import Testing

@testable import Cairn
@testable import Engine

@Suite struct ReadCancellationTests {
  /// A snapshot of a store with 200 persons and as many events.
  private static func snapshot(_ directory: TemporaryDirectory) throws -> Snapshot {
    let store = try Store.create(at: directory.store)
    _ = try store.apply(definitions(audiences: [("seen", #"performed("A")"#)]))
    try store.take(
      (1...200).map {
        track("A", id: "\($0)", #""userId":"u\#($0)""#, at: "2026-03-01T00:00:00Z")
      })
    return try store.snapshot()
  }

  private static let ended = StoreError.Code.io(ECANCELED)

  /// Expects that what reads a snapshot ends once it has been cancelled, and does not before.
  private func expectEnd(
    _ name: String, of read: (Snapshot) throws -> Void
  ) throws {
    let directory = TemporaryDirectory()
    let cancellation = ReadCancellation()
    let snapshot = Snapshot(try Self.snapshot(directory), endingWith: cancellation)
    try read(snapshot)
    cancellation.cancel()
    #expect("\(name)") {
      try read(snapshot)
    } throws: { error in
      if case ApplyError.store(let error) = error { return error.code == Self.ended }
      return (error as? StoreError)?.code == Self.ended
    }
  }

  @Test func everyLongReadingEnds() throws {
    try expectEnd("preview") { _ = try $0.preview(#"count("A") > 0"#) }
    try expectEnd("preview without history") { _ = try $0.preview(#"traits.plan = "pro""#) }
    try expectEnd("find") { _ = try $0.find(ProfileSearch(), limit: 10) }
    try expectEnd("find by rule") {
      _ = try $0.find(ProfileSearch(rules: [#"count("A") > 0"#]), limit: 10)
    }
    try expectEnd("members") { try $0.visitMembers(of: "seen", asOf: $0.asOf) { _ in } }
    try expectEnd("statistics") { _ = try $0.stats() }
    try expectEnd("identity health") { _ = try $0.identityHealth() }
  }

  /// Only some records or profiles are read after the end, and not all.
  @Test func readingEndsInTheMiddle() throws {
    let directory = TemporaryDirectory()
    let cancellation = ReadCancellation()
    let whole = try Self.snapshot(directory)
    let snapshot = Snapshot(whole, endingWith: cancellation)
    var records = 0
    #expect(throws: StoreError.self) {
      try snapshot.log.scan(from: SequenceNumber(1), through: snapshot.lastSequence) { _ in
        records += 1
        if records == 50 { cancellation.cancel() }
      }
    }
    #expect(records == 50)
    // Others who have the same state go on.
    #expect(try whole.preview(#"count("A") > 0"#).memberCount == 200)
  }
}
