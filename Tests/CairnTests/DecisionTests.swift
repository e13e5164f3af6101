// Decisions come back from their encoding as they were taken, in groups or not.

import Audiences
import Bytes
import Profiles
import Testing

@testable import Cairn
@testable import Engine

@Suite struct DecisionTests {
  private func change(
    _ profile: UInt32, _ kind: MembershipChange.Kind = .entered, at milliseconds: Int64 = 5
  ) -> MembershipChange {
    MembershipChange(
      audience: AudienceNumber(3), profile: ProfileOrdinal(profile), kind: kind,
      effective: Timestamp(milliseconds: milliseconds), cause: .definition)
  }

  private func decoded(_ writer: DecisionWriter) throws -> [Decision] {
    var result: [Decision] = []
    let bytes = writer.bytes
    try Decision.visitAll(bytes.span.bytes) { (index, decision) throws(DecodeError) in
      #expect(index == result.count, "every member of a group has an index of its own")
      result.append(decision)
    }
    return result
  }

  @Test func mixedDecisionsComeBackInOrder() throws {
    let changes = [
      change(7), change(8), change(2), change(2, .exited), change(9, .exited, at: 6),
      change(1, .merged(into: ProfileOrdinal(0))), change(4, .merged(into: ProfileOrdinal(0))),
      change(4_294_967_294), change(0),
    ]
    var writer = DecisionWriter()
    var expected: [Decision] = []
    for (index, change) in changes.enumerated() {
      writer.append(change)
      expected.append(.membership(change))
      if index == 1 {
        writer.append(IdentityDecision.created(ProfileOrdinal(9)))
        expected.append(.identity(.created(ProfileOrdinal(9))))
      }
    }
    #expect(try decoded(writer) == expected)
  }

  /// What another writer has comes after what was there, and begins and ends groups of its own.
  @Test func aWriterTakesInWhatOthersHave() throws {
    var all = DecisionWriter()
    var expected: [Decision] = []
    for part in [[change(1), change(2)], [change(4), change(3)], [], [change(9, .exited)]] {
      var writer = DecisionWriter()
      for change in part { writer.append(change) }
      all.append(writer)
      all.append(change(20))
      expected += (part + [change(20)]).map { .membership($0) }
    }
    #expect(try decoded(all) == expected)
  }

  @Test func aHundredThousandAlikeTakeTwoBytesEach() throws {
    var writer = DecisionWriter()
    for profile in 0..<UInt32(100_000) { writer.append(change(profile * 60)) }
    #expect(writer.bytes.count < 200_020)
    let back = try decoded(writer)
    #expect(back.count == 100_000)
    #expect(back.last == .membership(change(99_999 * 60)))
  }

  @Test func cutOffDecisionsAreErrors() throws {
    var writer = DecisionWriter()
    for profile in 0..<UInt32(5) { writer.append(change(profile * 1000)) }
    let bytes = writer.bytes
    for count in 1..<bytes.count {
      let part = Array(bytes[..<count])
      #expect(throws: DecodeError.self) {
        try Decision.visitAll(part.span.bytes) { (_, _) throws(DecodeError) in }
      }
    }
  }
}
