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
    (#""sentAt":"2026-03-01T09:00:05Z""#, "2026-03-01T12:00:10.000Z", ClockVerdict.undated),
    (#""timestamp":null,"sentAt":null"#, "2026-03-01T12:00:10.000Z", .undated),
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
    (#""timestamp":1772366400"#, "2026-03-01T12:00:00.000Z", .ok),
    (#""timestamp":"1772366400123""#, "2026-03-01T12:00:00.123Z", .ok),
    (#""timestamp":7"#, "2026-03-01T12:00:10.000Z", .unparseable),
    (#""timestamp":"2026-03-01 13:00:00+01""#, "2026-03-01T12:00:00.000Z", .ok),
    (
      #""originalTimestamp":"Sun, 01 Mar 2026 13:00:00 +0100","sentAt":1772366405"#,
      "2026-03-01T12:00:05.000Z", .corrected
    ),
    // The zero time of Go and .NET is not a time.
    (#""timestamp":"0001-01-01T00:00:00Z""#, "2026-03-01T12:00:10.000Z", .unparseable),
    (#""timestamp":"0001-01-01 00:00:00 +0000 UTC""#, "2026-03-01T12:00:10.000Z", .unparseable),
    (#""timestamp":true"#, "2026-03-01T12:00:10.000Z", .unparseable),
    (#""timestamp":"","historical":true"#, "2026-03-01T12:00:10.000Z", .unparseable),
    (#""historical":true"#, "2026-03-01T12:00:10.000Z", .undated),
    // 23 hours ahead are believed, a millisecond more is not.
    (#""timestamp":"2026-03-02T11:00:10.000Z""#, "2026-03-02T11:00:10.000Z", .ok),
    (#""timestamp":"2026-03-02T11:00:10.001Z""#, "2026-03-01T12:00:10.000Z", .futureClamped),
    (
      #""timestamp":"2026-03-03T00:00:00Z","historical":true"#, "2026-03-01T12:00:10.000Z",
      .futureClamped
    ),
    // The text `true` is an opt-out, too; `false` is none.
    (
      #""timestamp":"2026-03-01T12:00:00Z","sentAt":"2026-03-01T12:00:05Z","historical":"true""#,
      "2026-03-01T12:00:00.000Z", .historical
    ),
    (
      #""timestamp":"2026-03-01T12:00:00Z","sentAt":"2026-03-01T12:00:05Z","historical":"false""#,
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
    // Corrected out of the calendar: then nothing is.
    (
      #""timestamp":"2026-03-01T12:00:00Z","sentAt":"9999-12-31T23:59:59.999Z""#,
      "2026-03-01T12:00:00.000Z", .ok
    ),
    (
      #""timestamp":"9999-12-31T23:59:59.999Z","sentAt":"0002-01-01T00:00:00Z""#,
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

  /// What an import makes of a line, with the machine's clock at `received`.
  private static func imported(_ members: String) throws -> EventOutcome {
    let wall = try #require(Timestamp(received))
    let parser = EventParser(
      symbols: SymbolTable(), seed: ParserBox.seed, source: SourceID(1), keepsTimes: true,
      wallClock: { wall })
    let line = Array((#"{"type":"page","messageId":"m","userId":"u",\#(members)}"#).utf8)
    var batch = EventBatch()
    parser.parse(line.span.bytes, firstLine: 1, firstOffset: 0, into: &batch)
    return try #require(batch.rows.first).outcome
  }

  /// What would move logical time to nowhere, or too far, is quarantined.
  @Test(arguments: [
    (#""timestamp":"soon""#, EventProblem.Code?.some(.unreadableTime), EventField.timestamp),
    (#""timestamp":"2026-02-30""#, .unreadableTime, .timestamp),
    (#""timestamp":true"#, .unreadableTime, .timestamp),
    (#""timestamp":"","historical":true"#, .unreadableTime, .timestamp),
    (#""originalTimestamp":"once""#, .unreadableTime, .originalTimestamp),
    (#""timestamp":"2026-03-02T11:00:10.001Z""#, .futureTime, .timestamp),
    (#""timestamp":4102444800"#, .futureTime, .timestamp),
    (#""originalTimestamp":"2099-01-01""#, .futureTime, .originalTimestamp),
    (#""timestamp":"2099-01-01","historical":true"#, .futureTime, .timestamp),
    (#""timestamp":"2026-03-02T11:00:10.000Z""#, nil, .none),
    // One that can be read is enough, and a missing time is not a problem.
    (#""timestamp":"soon","originalTimestamp":"2026-03-01""#, nil, .none),
    (#""timestamp":null"#, nil, .none),
    (#""timestamp":"2026-03-01","sentAt":"soon""#, nil, .none),
  ])
  func anImportJudgesTimes(
    members: String, code: EventProblem.Code?, field: EventField
  ) throws {
    let outcome = try Self.imported(members)
    guard let code else {
      #expect(outcome == .event)
      return
    }
    guard case .quarantined(let problem) = outcome else {
      Issue.record("\(outcome)")
      return
    }
    #expect(problem.code == code && problem.field == field)
    // Under the clock of the machine nothing is quarantined for its time.
    _ = try Self.clock(members)
  }

  @Test func timesComeBackAsTheyWereSent() throws {
    for time in [
      #""2024-01-31T24:00:00Z""#, #""0001-01-01T00:00:00Z""#, #""2024-01-31 10:15:00+01""#,
      "1706696100", "1.7066961e9", #""1706696100""#, #""Wed, 31 Jan 2024 10:15:00 GMT""#,
      #""2016-12-31T23:59:60Z""#, #""2024-01-31T10:15:00.000z""#, #""2024/01/31T10:15:00Z""#,
    ] {
      let line =
        #"{"type":"page","messageId":"m","anonymousId":"a","timestamp":\#(time)}"#
      #expect(try ParserBox().roundTrip(line) == line)
    }
  }

  @Test func allTimesAndNullsComeBack() throws {
    let line =
      #"{"type":"identify","messageId":"m","userId":null,"anonymousId":"a","timestamp":"soon","#
      + #""originalTimestamp":5,"sentAt":"2026-11-21T18:29:41.338901+00:00","#
      + #""traits":{"plan":null},"historical":false}"#
    #expect(try ParserBox().roundTrip(line) == line)
  }
}
