// Deadlines of connections: each at its limit and just before it, without a clock.

import NIOCore
import Testing

@testable import CairnServer

@Suite struct ConnectionWatchTests {
  private static let start = NIODeadline.uptimeNanoseconds(1_000_000_000)
  private var watch = ConnectionWatch(ConnectionTimes(), now: start)

  private func at(_ milliseconds: Int64) -> NIODeadline { Self.start + .milliseconds(milliseconds) }

  /// What happens at an instant.
  private mutating func check(_ milliseconds: Int64, unsent: Int = 0) -> ConnectionWatch.Action {
    watch.check(unsentBytes: unsent, at: at(milliseconds))
  }

  @Test mutating func idleConnectionIsClosed() {
    #expect(check(59_999) == .wait(until: at(60_000)))
    #expect(check(60_000) == .close(.idle))
  }

  @Test mutating func headerThatDripsIsRefused() {
    for second in 5..<15 { watch.received(1, at: at(Int64(second) * 1000)) }
    #expect(check(14_999) == .wait(until: at(15_000)))
    #expect(check(15_000) == .refuse(.slowHeader))
    // The refusal has been passed on: the client may read it for a while.
    #expect(check(16_999) == .wait(until: at(17_000)))
    #expect(check(17_000) == .close(.lingering))
  }

  @Test mutating func bodyThatDripsIsRefused() {
    watch.received(100, at: at(0))
    watch.receivedHeader(isStream: false, at: at(1000))
    for second in 1..<31 { watch.received(1, at: at(Int64(second) * 1000)) }
    #expect(check(30_999) == .wait(until: at(31_000)))
    #expect(check(31_000) == .refuse(.slowBody))
  }

  @Test mutating func waitingForTheServerCostsNothing() {
    watch.received(100, at: at(0))
    watch.receivedHeader(isStream: false, at: at(0))
    watch.paused(at: at(10_000))
    if case .wait = check(100_000) {} else { Issue.record("refused while the server did not read") }
    watch.resumed(at: at(100_000))
    #expect(check(119_999) == .wait(until: at(120_000)))
    #expect(check(120_000) == .refuse(.slowBody))
  }

  @Test mutating func fastStreamGoesOnForHours() {
    watch.received(100, at: at(0))
    watch.receivedHeader(isStream: true, at: at(0))
    for second in stride(from: Int64(0), to: 7200, by: 1) {
      watch.received(1024, at: at(second * 1000))
      if case .wait = check(second * 1000) {} else { Issue.record("refused at \(second) s") }
    }
  }

  @Test mutating func slowStreamHasTenMinutes() {
    watch.received(100, at: at(0))
    watch.receivedHeader(isStream: true, at: at(0))
    // Half of what counts as progress.
    for second in stride(from: Int64(1), to: 600, by: 1) {
      watch.received(512, at: at(second * 1000))
    }
    #expect(check(599_999) == .wait(until: at(600_000)))
    #expect(check(600_000) == .refuse(.slowBody))
  }

  @Test mutating func answerToACommandIsReadAsSlowlyAsItsReaderLikes() {
    watch.received(100, at: at(0))
    watch.receivedHeader(isStream: false, isUnhurried: true, at: at(0))
    watch.receivedEnd(at: at(0))
    watch.wrote(1_000_000, unsentBytes: 0, at: at(0))
    for hour in 1...24 { #expect(check(Int64(hour) * 3_600_000, unsent: 900_000).isWaiting) }
    // Not by a server that shuts down, and the next request is one like others.
    var draining = watch
    draining.drains(at: at(90_000_000))
    #expect(draining.check(unsentBytes: 900_000, at: at(90_000_000)) == .close(.unread))
    watch.receivedHeader(isStream: false, at: at(90_000_000))
    #expect(check(90_000_000, unsent: 900_000) == .close(.unread))
  }

  @Test mutating func answerThatNobodyReadsEndsTheConnection() {
    watch.received(100, at: at(0))
    watch.receivedHeader(isStream: false, at: at(0))
    watch.receivedEnd(at: at(0))
    // However long the answer takes.
    #expect(check(3_600_000) == .wait(until: nil))
    watch.wrote(1_000_000, unsentBytes: 0, at: at(3_600_000))
    #expect(check(3_620_000, unsent: 900_000) == .wait(until: at(3_627_500)))
    #expect(check(3_640_000, unsent: 800_000) == .wait(until: at(3_647_500)))
    #expect(check(3_669_999, unsent: 800_000) == .wait(until: at(3_677_499)))
    #expect(check(3_670_000, unsent: 800_000) == .close(.unread))
  }

  @Test mutating func nextRequestBeginsAgain() {
    for round in Int64(0)..<10 {
      let now = round * 50_000
      watch.received(100, at: at(now))
      watch.receivedHeader(isStream: false, at: at(now))
      watch.receivedEnd(at: at(now))
      watch.answered(at: at(now + 20_000))
      #expect(watch.isIdle)
      #expect(check(now + 49_000) == .wait(until: at(now + 80_000)))
    }
  }

  @Test mutating func drainingRefusesWhatIsNotFinished() {
    watch.received(1, at: at(0))
    watch.drains(at: at(1000))
    #expect(check(5999) == .wait(until: at(6000)))
    #expect(check(6000) == .refuse(.draining))
  }
}

extension ConnectionWatch.Action {
  fileprivate var isWaiting: Bool { if case .wait = self { true } else { false } }
}
