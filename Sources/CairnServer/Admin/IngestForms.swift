// Questions and answers about whole inputs.

import Bytes
import Cairn
import Engine
import Events
import HummingbirdCore
import Storage

/// What an input is, in the query of its address.
package struct IngestQuestion: Sendable {
  package var source: String?
  /// `auto`, `lines` or `batch`.
  package var format = "auto"
  /// Whether every line's verdict is wanted, and not just those of lines with a problem.
  package var wantsVerdicts = false

  init(_ uri: URI) {
    let query = uri.queryParameters
    source = query["source"].map { String($0) }
    if let format = query["format"] { self.format = String(format) }
    wantsVerdicts = query["verdicts"] == "1"
  }
}

/// A line of the answer other than a verdict; one of its members is there.
package struct IngestLine: Codable, Sendable {
  /// The member of a line that is a verdict, whose value is that of a file of verdicts.
  package static let verdictKey = "verdict"

  /// The input stopped being of its format.
  package struct Problem: Codable, Sendable {
    package var message: String
    package var offset: Int
    package var remedy: String

    init(_ error: InputFormatError) {
      message = error.message
      offset = error.offset
      remedy = error.remedy
    }
  }

  /// A part of the input has come in.
  package var counts: IngestCounts?
  /// All of it has: changes of membership meanwhile, by others too.
  ///
  /// The last line.
  package var memberships: MembershipCounts?
  /// It was not of its format.
  ///
  /// The last line.
  package var problem: Problem?
  /// The store refused.
  ///
  /// The last line.
  package var error: WorkError?
}

/// What became of a part of an input, counted.
package struct IngestCounts: Codable, Sendable {
  /// How much of the input has been read.
  package var bytes: Int
  package var hasNoRows: Bool
  package var verdicts = VerdictCounts()
  private var undated: UInt64 = 0
  private var unreadable: UInt64 = 0
  private var corrected: UInt64 = 0
  private var clamped: UInt64 = 0
  private var late: UInt64 = 0
  private var historical: UInt64 = 0
  private var earliest: Timestamp?
  private var latest: Timestamp?

  init(bytes: Int, hasNoRows: Bool) {
    self.bytes = bytes
    self.hasNoRows = hasNoRows
  }

  /// Counts a line.
  mutating func count(_ line: LineVerdict) {
    verdicts.count(line)
    guard let clock = line.clock else { return }
    var times = self.times
    times.count(clock, isOutOfOrder: line.isOutOfOrder)
    self.times = times
  }

  /// The times of its events; under this machine's clock none is out of order.
  package private(set) var times: TimeCounts {
    get {
      var times = TimeCounts()
      (times.undated, times.unreadable, times.corrected) = (undated, unreadable, corrected)
      (times.clamped, times.late, times.historical) = (clamped, late, historical)
      (times.earliest, times.latest) = (earliest, latest)
      return times
    }
    set {
      (undated, unreadable, corrected) = (newValue.undated, newValue.unreadable, newValue.corrected)
      (clamped, late, historical) = (newValue.clamped, newValue.late, newValue.historical)
      (earliest, latest) = (newValue.earliest, newValue.latest)
    }
  }
}
