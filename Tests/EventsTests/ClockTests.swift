// When an event counts from: vector A1 of the reference, and what it leaves open.

import Bytes
import Events
import Testing

@Suite struct ClockTests {
  static let received = "2026-03-01T12:00:10Z"

  /// What an event with these members, received at `received`, counts from.
  static func clock(
    _ members: String, received: String = received, keepsTimes: Bool = false
  ) throws -> EventClock {
    let parser = EventParser(
      symbols: SymbolTable(), seed: ParserBox.seed, source: SourceID(1), keepsTimes: keepsTimes)
    let line = Array((#"{"type":"page","messageId":"m","userId":"u",\#(members)}"#).utf8)
    var batch = EventBatch()
    parser.parse(line.span.bytes, firstLine: 1, firstOffset: 0, into: &batch)
    let row = try #require(batch.rows.first)
    try #require(row.outcome == .event, "\(row.outcome)")
    return try EventView(batch.payload(of: row)).clock(
      receivedAt: try #require(Timestamp(received)))
  }

  /// Vector A1, row by row.
  @Test(arguments: [
    (
      #""originalTimestamp":"2026-03-01T12:00:00Z","sentAt":"2026-03-01T12:00:05Z""#,
      "2026-03-01T12:00:05.000Z", ClockVerdict.corrected, false
    ),
    (
      #""originalTimestamp":"2026-03-01T09:00:00Z","sentAt":"2026-03-01T09:00:05Z""#,
      "2026-03-01T12:00:05.000Z", .corrected, false
    ),
    (
      #""originalTimestamp":"2026-03-01T11:59:59.900Z","sentAt":"2026-03-01T12:00:10.050Z""#,
      "2026-03-01T11:59:59.850Z", .ok, false
    ),
    (
      #""originalTimestamp":"2026-02-27T10:00:00Z","sentAt":"2026-03-01T12:00:09Z""#,
      "2026-02-27T10:00:01.000Z", .corrected, true
    ),
    (
      #""originalTimestamp":"2026-03-03T12:00:00Z""#,
      "2026-03-01T12:00:10.000Z", .futureClamped, false
    ),
    (
      #""originalTimestamp":"yesterday","sentAt":"2026-03-01T12:00:05Z""#,
      "2026-03-01T12:00:10.000Z", .unparseable, false
    ),
    (
      #""originalTimestamp":"2019-01-01T00:00:00Z","sentAt":"2019-01-01T00:00:09Z","historical":true"#,
      "2019-01-01T00:00:00.000Z", .historical, false
    ),
  ])
  func timesAreCorrectedAsInTheVector(
    members: String, time: String, verdict: ClockVerdict, isLate: Bool
  ) throws {
    let clock = try Self.clock(members)
    #expect(clock.time.description == time)
    #expect(clock.verdict == verdict && clock.isLate == isLate)
    // A client's `timestamp` is the original where there is no other.
    let renamed = members.replacing("originalTimestamp", with: "timestamp")
    #expect(try Self.clock(renamed) == clock)
  }

  @Test(arguments: [
    (#""sentAt":"2026-03-01T09:00:05Z""#, "2026-03-01T12:00:10.000Z", ClockVerdict.ok),
    (#""timestamp":null,"sentAt":null"#, "2026-03-01T12:00:10.000Z", .ok),
    (#""timestamp":"2026-03-01T10:00:00Z""#, "2026-03-01T10:00:00.000Z", .ok),
    // Of two times the original is the sender's own.
    (
      #""timestamp":"2026-03-01T10:00:00Z","originalTimestamp":"2026-03-01T11:00:00Z""#,
      "2026-03-01T11:00:00.000Z", .ok
    ),
    (
      #""timestamp":"2026-03-01T10:00:00Z","originalTimestamp":"once""#,
      "2026-03-01T10:00:00.000Z", .ok
    ),
    // A `sentAt` that says nothing corrects nothing.
    (#""timestamp":"2026-03-01T10:00:00Z","sentAt":"now""#, "2026-03-01T10:00:00.000Z", .ok),
    (#""timestamp":1772366400"#, "2026-03-01T12:00:10.000Z", .unparseable),
    (#""timestamp":true"#, "2026-03-01T12:00:10.000Z", .unparseable),
    (#""timestamp":"","historical":true"#, "2026-03-01T12:00:10.000Z", .unparseable),
    (#""historical":true"#, "2026-03-01T12:00:10.000Z", .historical),
    // 23 hours ahead are believed, a millisecond more is not.
    (#""timestamp":"2026-03-02T11:00:10.000Z""#, "2026-03-02T11:00:10.000Z", .ok),
    (#""timestamp":"2026-03-02T11:00:10.001Z""#, "2026-03-01T12:00:10.000Z", .futureClamped),
    (
      #""timestamp":"2026-03-03T00:00:00Z","historical":true"#, "2026-03-01T12:00:10.000Z",
      .futureClamped
    ),
    // Only `true` is an opt-out.
    (
      #""timestamp":"2026-03-01T12:00:00Z","sentAt":"2026-03-01T12:00:05Z","historical":"true""#,
      "2026-03-01T12:00:05.000Z", .corrected
    ),
    // Less than a second is corrected without a word, exactly one with.
    (
      #""timestamp":"2026-03-01T12:00:00Z","sentAt":"2026-03-01T12:00:10.999Z""#,
      "2026-03-01T11:59:59.001Z", .ok
    ),
    (
      #""timestamp":"2026-03-01T12:00:00Z","sentAt":"2026-03-01T12:00:11Z""#,
      "2026-03-01T11:59:59.000Z", .corrected
    ),
    // Corrected out of the calendar.
    (
      #""timestamp":"0001-01-01T00:00:00Z","sentAt":"9999-12-31T23:59:59.999Z""#,
      "2026-03-01T12:00:10.000Z", .unparseable
    ),
    (
      #""timestamp":"9999-12-31T23:59:59.999Z","sentAt":"0001-01-01T00:00:00Z""#,
      "2026-03-01T12:00:10.000Z", .futureClamped
    ),
    // As Segment's and RudderStack's Python clients write them.
    (
      #""timestamp":"2026-03-01T13:59:59.338+02:00","sentAt":"2026-03-01T12:00:05.338901+00:00""#,
      "2026-03-01T12:00:04.000Z", .corrected
    ),
  ])
  func whatTheVectorLeavesOpen(members: String, time: String, verdict: ClockVerdict) throws {
    let clock = try Self.clock(members)
    #expect(clock.time.description == time)
    #expect(clock.verdict == verdict && !clock.isLate)
  }

  @Test func lateIsMoreThanADayAfterTheEvent() throws {
    #expect(try !Self.clock(#""timestamp":"2026-02-28T12:00:10Z""#).isLate)
    #expect(try Self.clock(#""timestamp":"2026-02-28T12:00:09.999Z""#).isLate)
  }

  /// Under the clock of the events nothing is corrected, and `timestamp` is the final time.
  @Test func anImportKeepsItsTimes() throws {
    let members =
      #""timestamp":"2020-01-01T00:00:00Z","originalTimestamp":"2020-01-01T03:00:00Z","#
      + #""sentAt":"2020-01-01T03:00:09Z""#
    let clock = try Self.clock(
      members, received: "2020-01-01T00:00:00Z", keepsTimes: true)
    #expect(clock.time.description == "2020-01-01T00:00:00.000Z")
    #expect(clock.verdict == .ok && !clock.isLate)
  }

  @Test func allTimesAndNullsComeBack() throws {
    let line =
      #"{"type":"identify","messageId":"m","userId":null,"anonymousId":"a","timestamp":"soon","#
      + #""originalTimestamp":5,"sentAt":"2026-11-21T18:29:41.338901+00:00","#
      + #""traits":{"plan":null},"historical":false}"#
    #expect(try ParserBox().roundTrip(line) == line)
  }
}
