// When a shape is a cliff: judged by ratios alone, so that the speed of the machine does not matter.

/// What a measurement says.
struct CliffJudgement {
  let measurement: CliffMeasurement
  /// What an event of the plain load costs at the same time, in microseconds.
  let plain: Double
  /// Of the shape.
  let audiencesNamed: Int

  /// A change of membership may cost this much of a plain event, a guard that names the event's audience this.
  private static let plainOfChange = 0.2
  private static let plainOfAudience = 0.005
  /// How many plain events an event may cost.
  private static let timesMost = 10.0
  /// An event at the largest size may cost this many times what the logarithm allows: times measured on a
  /// shared machine vary by a third, and something linear grows by sixteen from size to size.
  private static let slack = 1.8

  /// What part of the cost the rule allows, of one event at a size.
  private func allowed(_ index: Int) -> Double {
    plain
      * (Self.plainOfChange * measurement.changes[index]
        + Self.plainOfAudience * Double(audiencesNamed))
  }

  /// The cost at the largest size, in plain events, without what the rule allows for audiences.
  var timesPlain: Double {
    guard let last = measurement.microseconds.indices.last else { return 0 }
    return max(0, measurement.microseconds[last] - allowed(last)) / plain
  }

  /// The cost at the largest size in that at the smallest; what is cheaper than a plain event counts as one.
  var growth: Double {
    guard let last = measurement.microseconds.last, let first = measurement.microseconds.first
    else { return 0 }
    return max(last, plain) / max(first, plain)
  }

  /// The greatest growth that is no more than logarithmic.
  var growthMost: Double {
    guard let first = measurement.sizes.first, let last = measurement.sizes.last, first > 1 else {
      return Self.slack
    }
    return Self.slack * logarithm(last) / logarithm(first)
  }

  private func logarithm(_ size: Int) -> Double { Double(size.bitWidth - size.leadingZeroBitCount) }

  /// What is wrong; empty for a shape that is none.
  ///
  /// - Parameter memoryMost: The most anonymous memory, in bytes.
  func faults(memoryMost: Int) -> [String] {
    var faults: [String] = []
    if let failure = measurement.failure { faults.append(failure) }
    if growth > growthMost { faults.append("grows") }
    if timesPlain > Self.timesMost { faults.append("slow") }
    if measurement.memoryBytesMost > memoryMost { faults.append("memory") }
    return faults
  }
}
