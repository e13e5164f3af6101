// Compaction changes where events are read from and nothing else: reports of a store that is compacted
// never, always or now and then are the same, and so is the state hash.

import Bytes
import Profiles
import Storage
import StorageSimulation
import Testing

@testable import Cairn
@testable import Engine

/// When a store is compacted.
enum CompactionHabit: CaseIterable {
  case never, always, sometimes, inTheMiddle
}

@Suite struct CompactionTests {
  /// Every live profile of a store, with all its events and with few, in words.
  static func reports(_ snapshot: Snapshot) throws -> [String] {
    var result: [String] = []
    for ordinal in 0..<snapshot.profileCount {
      let profile = ProfileOrdinal(ordinal)
      guard try snapshot.isAlive(profile) else { continue }
      for count in [3, 10_000] {
        result.append(try snapshot.report(profile, eventsMax: count).described())
      }
    }
    return result
  }

  /// Two manual corrections that every run of a stream makes alike: the profile with the most identifiers
  /// is split, and two others are joined.
  private func correct(_ store: Store, round: Int) throws {
    let snapshot = try store.snapshot()
    var persons: [[Identifier]] = []
    for ordinal in 0..<snapshot.profileCount {
      guard try snapshot.isAlive(ProfileOrdinal(ordinal)) else { continue }
      let report = try snapshot.report(ProfileOrdinal(ordinal))
      let identifiers = report.identifiers.map(\.identifier)
      if identifiers.allSatisfy({ $0.type != "group_id" }) { persons.append(identifiers) }
    }
    if let large = persons.first(where: { $0.count > 1 }) { _ = try store.split([large[0]]) }
    if persons.count > 3 {
      _ = try store.merge([
        persons[round % persons.count][0], persons[(round + 1) % persons.count][0],
      ])
    }
  }

  @Test(arguments: UInt64(7)...9)
  func changesNoAnswer(seed: UInt64) throws {
    var expected: (hash: StateHash, reports: [String])?
    for habit in CompactionHabit.allCases {
      var stream = RandomStream(seed: seed)
      let steps = stream.steps(40)
      let clock = StandingClock(RandomStream.start)
      let directory = TemporaryDirectory()
      // Little memory: steps of a few events.
      let options = clock.options(memory: habit == .sometimes ? 1 << 14 : nil, segmentBytes: 8192)
      var store = try Store.create(at: directory.store, options: options)
      var random = SeededRandom(seed)
      var compacted: UInt64 = 0
      for (index, step) in steps.enumerated() {
        _ = try store.apply(step, clock: clock)
        if index == 15 || index == 30 { try correct(store, round: index) }
        let isDue =
          switch habit {
          case .never: false
          case .always: true
          case .sometimes: random.chance(25)
          case .inTheMiddle: index == 20
          }
        if isDue { compacted += try store.compact().events }
        if random.chance(20) {
          try store.close()
          store = try Store.open(at: directory.store, options: options)
          #expect(store.opening.rebuiltBecause == nil)
        }
      }
      let snapshot = try store.snapshot()
      let found = (hash: try snapshot.stateHash(), reports: try Self.reports(snapshot))
      let report = store.verify(replay: true)
      #expect(report.problems == [], "seed \(seed), \(habit)")
      #expect((compacted > 0) == (habit != .never), "seed \(seed), \(habit)")
      if habit == .always { #expect(compacted == report.events) }
      try store.close()
      guard let expected else {
        expected = found
        #expect(
          found.reports.count > 10 && found.reports.contains { $0.contains("Order Completed") })
        continue
      }
      #expect(found.hash == expected.hash, "seed \(seed), \(habit)")
      #expect(found.reports == expected.reports, "seed \(seed), \(habit)")
    }
  }

  /// Of events of one instant, over two homes of one profile, the last to come in is the newest.
  @Test func theLastToComeInIsTheNewest() throws {
    let directory = TemporaryDirectory()
    let store = try Store.create(at: directory.store, options: .repeatable())
    let time = "2026-03-01T10:00:00.000Z"
    try store.take([
      track("Step", id: "m0", #""userId":"u","anonymousId":"a""#, at: time),
      track("Step", id: "m1", #""anonymousId":"a""#, at: time),
      track("Step", id: "m2", #""userId":"u""#, at: time),
      track("Step", id: "m3", #""anonymousId":"a""#, at: time),
      track("Step", id: "m4", #""userId":"u""#, at: "2026-03-01T09:00:00.000Z"),
    ])
    for isCompacted in [false, true] {
      if isCompacted { _ = try store.compact() }
      let snapshot = try store.snapshot()
      for count in [1, 2, 3, 4, 5, .max] {
        let events = try snapshot.report(ProfileOrdinal(0), eventsMax: count).events
        let ids = try events.map { try String(decoding: $0.json, as: UTF8.self) }
        for (id, json) in zip(["m3", "m2", "m1", "m0", "m4"], ids) {
          #expect(json.contains("\"\(id)\""), "of \(count), compacted: \(isCompacted)")
        }
        #expect(ids.count == min(count, 5))
      }
    }
    try store.close()
  }

  /// Events of one home that fill several pages, compacted in two halves with events after them.
  @Test func aHomeWithManyEvents() throws {
    let directory = TemporaryDirectory()
    let store = try Store.create(at: directory.store, options: .repeatable())
    var plain: [String] = []
    for part in [0..<1500, 1500..<2500, 2500..<2600] {
      try store.take(
        part.map { number in
          // Out of order by event time, so that the latest are not those that came last.
          let minute = number % 100 < 50 ? number + 40 : number
          return track(
            "Step", id: "m\(number)", #""userId":"u\#(number % 7 == 0 ? 2 : 1)""#,
            at: Timestamp(milliseconds: 1_700_000_000_000 + Int64(minute) * 60_000).description,
            properties: #""number":\#(number)"#)
        })
      plain = try Self.reports(store.snapshot())
      if part.upperBound < 2600 {
        let before = try store.snapshot()
        let report = try store.compact()
        #expect(report.events == UInt64(part.count) && report.through == store.lastSequence)
        #expect(report.bytesAfter > report.bytesBefore)
        #expect(try Self.reports(before) == plain, "a snapshot from before goes on reading")
      }
      #expect(try Self.reports(store.snapshot()) == plain)
    }
    #expect(plain.contains { $0.contains(#""number":2599}"#) && $0.contains(#""number":1}"#) })
    #expect(store.verify(replay: true).problems == [])
    let again = try store.compact()
    #expect(again.events == 100 && again.steps == 1)
    #expect(try store.compact().steps == 0)
    #expect(try Self.reports(store.snapshot()) == plain)
    try store.close()
  }

  /// Rebuilding drops the copies, and what is read then comes from the log again.
  @Test func rebuildingDropsTheCopies() throws {
    let directory = TemporaryDirectory()
    let store = try Store.create(at: directory.store, options: .repeatable())
    try store.take((0..<50).map { track("Seen", id: "m\($0)", #""userId":"u\#($0 % 3)""#) })
    let plain = try Self.reports(store.snapshot())
    let first = try store.compact()
    #expect(first.events == 50 && first.bytesBefore == 0)
    try store.rebuildDerived()
    #expect(try Self.reports(store.snapshot()) == plain)
    let second = try store.compact()
    #expect(second.events == 50 && second.bytesBefore == 0)
    #expect(second.bytesAfter == first.bytesAfter)
    #expect(try Self.reports(store.snapshot()) == plain)
    try store.close()
  }

  /// Verification compares the copies with the log, event by event.
  @Test func otherCopiesAreFound() throws {
    let directory = TemporaryDirectory()
    let store = try Store.create(at: directory.store, options: .repeatable())
    try store.take((0..<9).map { track("Seen", id: "m\($0)", #""userId":"u\#($0 % 2)""#) })
    _ = try store.compact()
    let snapshot = try store.snapshot()
    func sum(skips: UInt64, shift: Int64) throws -> EventSum {
      var sum = EventSum()
      try snapshot.log.scan(from: SequenceNumber(1), through: snapshot.lastSequence) {
        (record) throws(StoreError) in
        guard record.kind == RecordKind.event.rawValue, record.sequence.value != skips else {
          return
        }
        sum.add(
          record.sequence,
          receivedAt: Timestamp(milliseconds: record.receivedAt.milliseconds + shift),
          source: record.source, record.payload)
      }
      return sum
    }
    #expect(try snapshot.problemOfHistory(sum(skips: 0, shift: 0)) == nil)
    #expect(try snapshot.problemOfHistory(sum(skips: 0, shift: 1)) != nil)
    let last = snapshot.lastSequence.value
    #expect(try snapshot.problemOfHistory(sum(skips: last, shift: 0))?.contains("9 events") == true)
    try store.close()
  }
}

extension ProfileReport {
  /// Everything in it, in words.
  fileprivate func described() throws -> String {
    let shown = try events.map { event in
      "\(event.sequence.value) \(event.time) \(event.receivedAt) \(event.clock) \(event.isLate) "
        + String(decoding: try event.json, as: UTF8.self)
        + (try event.original.map { String(decoding: $0, as: UTF8.self) } ?? "")
    }
    return "\(id) \(eventCount) \(identifiers) \(links) \(traits) \(audiences) "
      + shown.joined(separator: "\n")
  }
}
