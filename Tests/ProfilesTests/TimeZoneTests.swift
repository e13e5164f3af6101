import Bytes
import StorageSimulation
import Testing

@testable import Profiles

/// Where dates begin.
///
/// Computed with Python's zoneinfo 2025b: the first quarter of an hour whose local time is at or after
/// the midnight that begins the date. The zones have half hours, a summer time of half an hour or of
/// two, one in winter, one in Ramadan, midnights that are missing or come twice, a date that never was,
/// and dates after the last transition of the file.
private let starts: [(zone: String, date: String, instant: String)] = [
  ("Europe/Berlin", "2026-03-29", "2026-03-28T23:00:00.000Z"),
  ("Europe/Berlin", "2026-03-30", "2026-03-29T22:00:00.000Z"),
  ("Europe/Berlin", "2026-10-25", "2026-10-24T22:00:00.000Z"),
  ("Europe/Berlin", "2026-10-26", "2026-10-25T23:00:00.000Z"),
  ("Europe/Berlin", "2050-07-01", "2050-06-30T22:00:00.000Z"),
  ("Europe/Berlin", "1980-04-06", "1980-04-05T23:00:00.000Z"),
  ("America/New_York", "2026-03-08", "2026-03-08T05:00:00.000Z"),
  ("America/New_York", "2026-03-09", "2026-03-09T04:00:00.000Z"),
  ("America/New_York", "2026-11-01", "2026-11-01T04:00:00.000Z"),
  ("America/New_York", "2026-11-02", "2026-11-02T05:00:00.000Z"),
  ("America/New_York", "2060-12-01", "2060-12-01T05:00:00.000Z"),
  ("Asia/Kolkata", "2026-01-01", "2025-12-31T18:30:00.000Z"),
  ("Asia/Kolkata", "2045-06-15", "2045-06-14T18:30:00.000Z"),
  ("Australia/Lord_Howe", "2026-04-05", "2026-04-04T13:00:00.000Z"),
  ("Australia/Lord_Howe", "2026-04-06", "2026-04-05T13:30:00.000Z"),
  ("Australia/Lord_Howe", "2026-10-04", "2026-10-03T13:30:00.000Z"),
  ("Australia/Lord_Howe", "2026-10-05", "2026-10-04T13:00:00.000Z"),
  ("Australia/Lord_Howe", "2070-01-01", "2069-12-31T13:00:00.000Z"),
  ("America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00:00.000Z"),
  ("America/Sao_Paulo", "2018-11-05", "2018-11-05T02:00:00.000Z"),
  ("America/Sao_Paulo", "2018-02-18", "2018-02-18T03:00:00.000Z"),
  ("America/Sao_Paulo", "2026-01-01", "2026-01-01T03:00:00.000Z"),
  ("Africa/Cairo", "2024-04-26", "2024-04-25T22:00:00.000Z"),
  ("Africa/Cairo", "2024-04-27", "2024-04-26T21:00:00.000Z"),
  ("Africa/Cairo", "2024-11-01", "2024-10-31T22:00:00.000Z"),
  ("America/Havana", "2024-03-10", "2024-03-10T05:00:00.000Z"),
  ("America/Havana", "2024-11-03", "2024-11-03T04:00:00.000Z"),
  ("America/Havana", "2024-11-04", "2024-11-04T05:00:00.000Z"),
  ("Pacific/Apia", "2011-12-29", "2011-12-29T10:00:00.000Z"),
  ("Pacific/Apia", "2011-12-30", "2011-12-30T10:00:00.000Z"),
  ("Pacific/Apia", "2011-12-31", "2011-12-30T10:00:00.000Z"),
  ("Pacific/Apia", "2012-01-01", "2011-12-31T10:00:00.000Z"),
  ("Europe/Dublin", "2026-03-29", "2026-03-29T00:00:00.000Z"),
  ("Europe/Dublin", "2026-03-30", "2026-03-29T23:00:00.000Z"),
  ("Europe/Dublin", "2026-10-26", "2026-10-26T00:00:00.000Z"),
  ("Europe/Dublin", "2051-07-01", "2051-06-30T23:00:00.000Z"),
  ("Asia/Kathmandu", "1985-12-31", "1985-12-30T18:30:00.000Z"),
  ("Asia/Kathmandu", "1986-01-01", "1985-12-31T18:30:00.000Z"),
  ("Asia/Kathmandu", "1986-01-02", "1986-01-01T18:15:00.000Z"),
  ("Africa/Casablanca", "2026-02-15", "2026-02-14T23:00:00.000Z"),
  ("Africa/Casablanca", "2026-02-16", "2026-02-16T00:00:00.000Z"),
  ("Africa/Casablanca", "2026-03-23", "2026-03-22T23:00:00.000Z"),
  ("America/St_Johns", "2010-11-07", "2010-11-07T02:30:00.000Z"),
  ("America/St_Johns", "2010-11-08", "2010-11-08T03:30:00.000Z"),
  ("America/St_Johns", "2026-07-01", "2026-07-01T02:30:00.000Z"),
  ("Antarctica/Troll", "2026-03-29", "2026-03-29T00:00:00.000Z"),
  ("Antarctica/Troll", "2026-03-30", "2026-03-29T22:00:00.000Z"),
  ("Antarctica/Troll", "2055-07-01", "2055-06-30T22:00:00.000Z"),
]

@Suite struct TimeZoneTests {
  @Test("dates begin where Python says", arguments: starts)
  func start(zone: String, date: String, instant: String) throws {
    let rules = SystemZones.zone(zone)
    let days = try #require(Timestamp(date)).milliseconds / 86_400_000
    #expect(rules.start(ofDays: days).description == instant)
  }

  /// Computed with Python's zoneinfo as above: the first minute whose local time is at or after the given
  /// one, so the jump where it is missing, and the first of two where it comes twice.
  @Test(
    "times of a clock are when it first shows them",
    arguments: [
      ("Europe/Berlin", "2026-07-01T10:00:00", "2026-07-01T08:00:00.000Z"),
      ("Europe/Berlin", "2026-03-29T01:59:00", "2026-03-29T00:59:00.000Z"),
      ("Europe/Berlin", "2026-03-29T02:30:00", "2026-03-29T01:00:00.000Z"),
      ("Europe/Berlin", "2026-03-29T03:00:00", "2026-03-29T01:00:00.000Z"),
      ("Europe/Berlin", "2026-10-25T02:30:00", "2026-10-25T00:30:00.000Z"),
      ("Europe/Berlin", "2026-10-25T03:00:00", "2026-10-25T02:00:00.000Z"),
      ("Australia/Lord_Howe", "2026-04-05T01:45:00", "2026-04-04T14:45:00.000Z"),
      ("America/New_York", "2060-12-01T23:59:00", "2060-12-02T04:59:00.000Z"),
      ("Pacific/Apia", "2011-12-30T12:00:00", "2011-12-30T10:00:00.000Z"),
      ("Asia/Kolkata", "2026-01-01T05:30:00", "2026-01-01T00:00:00.000Z"),
    ])
  func localTime(zone: String, local: String, instant: String) throws {
    let milliseconds = try #require(Timestamp(local)).milliseconds
    #expect(SystemZones.zone(zone).instant(ofLocal: milliseconds).description == instant)
  }

  @Test("units of the calendar have the bounds that a calendar on the wall shows")
  func bounds() throws {
    let berlin = SystemZones.zone("Europe/Berlin")
    let cases: [(CalendarUnit, Int64, TimeZoneRules, String, String, String)] = [
      (.day, 0, .utc, "2026-03-01T12:00:00Z", "2026-03-01T00:00:00Z", "2026-03-01T12:00:00Z"),
      (.day, 1, .utc, "2026-03-01T12:00:00Z", "2026-02-28T00:00:00Z", "2026-02-28T23:59:59.999Z"),
      (.week, 0, .utc, "2026-03-01T12:00:00Z", "2026-02-23T00:00:00Z", "2026-03-01T12:00:00Z"),
      (.week, 1, .utc, "2026-03-02T00:00:00Z", "2026-02-23T00:00:00Z", "2026-03-01T23:59:59.999Z"),
      (.month, 1, .utc, "2024-03-31T00:00:00Z", "2024-02-01T00:00:00Z", "2024-02-29T23:59:59.999Z"),
      (.month, 3, .utc, "2026-02-10T00:00:00Z", "2025-11-01T00:00:00Z", "2026-01-31T23:59:59.999Z"),
      (
        .quarter, 1, .utc, "2026-02-10T00:00:00Z", "2025-10-01T00:00:00Z",
        "2025-12-31T23:59:59.999Z"
      ),
      (.year, 2, .utc, "2026-02-10T00:00:00Z", "2024-01-01T00:00:00Z", "2025-12-31T23:59:59.999Z"),
      (.month, 0, berlin, "2026-03-31T21:59:59Z", "2026-02-28T23:00:00Z", "2026-03-31T21:59:59Z"),
      (
        .month, 1, berlin, "2026-03-31T22:00:00Z", "2026-02-28T23:00:00Z",
        "2026-03-31T21:59:59.999Z"
      ),
      (.day, 1, berlin, "2026-10-26T12:00:00Z", "2026-10-24T22:00:00Z", "2026-10-25T22:59:59.999Z"),
      (.year, 0, .utc, "0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"),
      (
        .day, 0, .utc, "1969-12-31T23:59:59.999Z", "1969-12-31T00:00:00Z",
        "1969-12-31T23:59:59.999Z"
      ),
    ]
    for (unit, count, zone, now, from, through) in cases {
      let window = CalendarWindow(unit, count: count, in: zone)
      let bounds = window.bounds(at: try #require(Timestamp(now)))
      #expect(
        Timestamp(milliseconds: bounds.after.milliseconds + 1) == Timestamp(from), "\(unit) \(now)")
      #expect(bounds.through == Timestamp(through), "\(unit) \(now)")
    }
  }

  @Test("an event comes in and goes out where the bounds pass over it")
  func crossings() throws {
    for seed in UInt64(1)...300 {
      var random = SeededRandom(seed)
      let zone = SystemZones.zone(
        random.pick([
          "Europe/Berlin", "Africa/Cairo", "America/St_Johns", "Pacific/Apia", "Asia/Kolkata",
        ]))
      let window = CalendarWindow(
        random.pick(CalendarUnit.allCases), count: Int64.random(in: 0...3, using: &random), in: zone
      )
      let time = Timestamp(
        milliseconds: Int64.random(in: 1_200_000_000_000...1_800_000_000_000, using: &random))
      let (enters, leaves) = (window.enters(time), window.leaves(time))
      func isInside(_ now: Timestamp) -> Bool {
        let (after, through) = window.bounds(at: now)
        return time > after && time <= through
      }
      let millisecond = Milliseconds(1)
      #expect(!isInside(enters - millisecond) && isInside(enters), "seed \(seed)")
      #expect(isInside(leaves - millisecond) && !isInside(leaves), "seed \(seed)")
      #expect(window.bounds(at: leaves).after >= time, "seed \(seed)")
    }
  }

  @Test("hostile zone files are errors or zones, never traps")
  func hostile() throws {
    for name in ["Europe/Berlin", "America/Havana", "UTC"] {
      let whole = SystemZones.data(name)
      for seed in UInt64(1)...400 {
        var random = SeededRandom(seed)
        var data = whole
        for _ in 0..<Int.random(in: 1...4, using: &random) {
          let near = random.chance(50) ? data.count - Int.random(in: 1...40, using: &random) : nil
          data[near ?? Int.random(in: 0..<data.count, using: &random)] =
            random.pick([0, 1, 0x2C, 0x2F, 0x39, 0x7F, 0x80, 0xFF])
        }
        if random.chance(30) { data.removeLast(Int.random(in: 0..<data.count, using: &random)) }
        guard let zone = try? TimeZoneRules(name: name, data: data) else { continue }
        for now in [Timestamp.earliest, Timestamp(milliseconds: 1_800_000_000_000), .latest] {
          for unit in CalendarUnit.allCases {
            let window = CalendarWindow(unit, count: 2, in: zone)
            _ = window.bounds(at: now)
            _ = window.leaves(now)
          }
        }
      }
    }
  }

  @Test("only names of zones become parts of paths")
  func names() {
    for name in ["Europe/Berlin", "Etc/GMT+5", "America/Argentina/Buenos_Aires", "UTC"] {
      #expect(TimeZones.isValid(name))
    }
    for name in ["", "/etc/passwd", "../x", "Europe//Berlin", "Europe/Berlin/", "a.b", "a/b/c/d/e"]
    {
      #expect(!TimeZones.isValid(name))
    }
  }
}
