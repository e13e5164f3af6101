// The list of who the profiles were before a refold: every id comes back, and damaged bytes are refused.

import Bytes
import Profiles
import Storage
import StorageSimulation
import Testing

@testable import Cairn
@testable import Engine

@Suite struct FormerProfilesTests {
  private let directory = TemporaryDirectory()

  /// Persons, accounts, and what splits make: profiles whose ids do not follow from the record alone.
  private func makeStore() throws -> Store {
    let store = try Store.create(at: directory.store, options: .repeatable())
    try store.take(
      (0..<300).map { index in
        let account = index % 3 == 0 ? #","context":{"groupId":"g\#(index)"}"# : ""
        return track(
          "Seen", id: "m\(index)",
          #""userId":"u\#(index % 200)","anonymousId":"a\#(index)"\#(account)"#,
          at: "2026-03-01T00:00:00Z")
      })
    _ = try store.split([Identifier(type: "anonymous_id", value: "a7")])
    return store
  }

  @Test func everyIDComesBack() throws {
    let store = try makeStore()
    let profiles = store.fold.state.profiles
    let list = try FormerProfiles(of: profiles, seed: store.fold.seed)
    var writer = ByteWriter()
    list.encode(into: &writer)
    let bytes = writer.bytes
    var reader = ByteReader(bytes.span.bytes)
    #expect(try reader.u8() == 32)
    let decoded = try FormerProfiles(&reader)
    #expect(reader.isAtEnd && decoded == list)
    #expect(list.count == profiles.profileCount && list.count > 300)
    for value in 0..<profiles.profileCount {
      let id = try profiles.profileRow(ProfileOrdinal(value)) { (row) throws(DecodeError) in row.id
      }
      #expect(try decoded.id(of: ProfileOrdinal(value), seed: store.fold.seed) == id)
    }
    #expect(try decoded.id(of: ProfileOrdinal(list.count), seed: store.fold.seed) == nil)
    #expect(bytes.count < 2 * Int(list.count), "most take a byte")
    try store.close()
  }

  @Test func damagedBytesAreRefusedOrReadWithoutTrapping() throws {
    let store = try makeStore()
    let list = try FormerProfiles(of: store.fold.state.profiles, seed: store.fold.seed)
    var writer = ByteWriter()
    list.encode(into: &writer)
    let whole = Array(writer.bytes.dropFirst())
    var random = SeededRandom(5)
    var refused = 0
    for round in 0..<2_000 {
      var bytes = whole
      if round % 4 == 0 {
        bytes.removeLast(Int.random(in: 1...bytes.count, using: &random))
      } else {
        bytes[Int.random(in: 0..<bytes.count, using: &random)] ^= UInt8.random(
          in: 1...255, using: &random)
      }
      var reader = ByteReader(bytes.span.bytes)
      do {
        let decoded = try FormerProfiles(&reader)
        _ = try decoded.id(of: ProfileOrdinal(decoded.count / 2), seed: store.fold.seed)
      } catch {
        refused += 1
      }
    }
    #expect(refused > 500)
    try store.close()
  }
}
