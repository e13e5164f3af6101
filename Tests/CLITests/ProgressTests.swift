// Progress on a terminal and elsewhere, with time as a parameter.

import Bytes
import Testing

@testable import CairnCLI

struct ProgressTests {
  private let halfway = Progress(
    done: 5 << 20, total: 10 << 20, events: 20_000, elapsed: Milliseconds(2000))

  @Test func summaryTellsSpeedAndTimeLeft() {
    #expect(halfway.summary == "5MiB of 10MiB, 20,000 events, 10,000 events/s, 2.0 s left")
  }

  @Test func unknownTotalHasNoTimeLeft() {
    var progress = halfway
    progress.total = nil
    #expect(progress.summary == "5MiB, 20,000 events, 10,000 events/s")
    #expect(progress.line(columns: 200) == progress.summary)
  }

  @Test func theFirstInstantDividesByNothing() {
    #expect(Progress().summary == "0B, 0 events, 0 events/s")
    #expect(Progress(done: 1, total: .max, elapsed: Milliseconds(.max)).left == nil)
  }

  @Test func theBarFitsTheTerminal() {
    for columns in 1...200 { #expect(halfway.line(columns: columns).count <= columns) }
    #expect(halfway.line(columns: 200).hasPrefix("[####################--------------------] 5MiB"))
    var late = halfway
    late.done = 20 << 20  // a file that grew while it was read
    #expect(late.line(columns: 200).hasPrefix("[########################################] 20MiB"))
  }

  @Test func linesComeEveryFiveSeconds() {
    var reporter = ProgressReporter(label: "ingest", style: .lines)
    var printed: [Int64] = []
    for elapsed in stride(from: Int64(0), through: 16_000, by: 500) {
      var progress = halfway
      progress.elapsed = Milliseconds(elapsed)
      let text = reporter.update(progress)
      if !text.isEmpty {
        printed.append(elapsed)
        #expect(text == "ingest: \(progress.summary)\n")
      }
    }
    #expect(printed == [5000, 10_000, 15_000])
    #expect(reporter.clear().isEmpty)
  }

  @Test func theBarIsRedrawnInPlaceAndCleared() {
    var reporter = ProgressReporter(label: "ingest", style: .terminal(columns: 120))
    let text = reporter.update(halfway)
    #expect(text.hasPrefix("\r["))
    #expect(text.hasSuffix("\u{1B}[K"))
    #expect(reporter.update(halfway).isEmpty)
    #expect(reporter.clear() == "\r\u{1B}[K")
    #expect(reporter.clear().isEmpty)
  }
}
