// How long it takes to read a profile, in process: the whole profile with its latest events, every field
// of them decoded.

import ArgumentParser
import Bytes
import Cairn
import Profiles
import Storage

/// Times reads of random profiles.
struct ReadProfiles: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "read",
    abstract: "Time reads of random profiles with their latest events.",
    discussion: """
      Example: cairn-bench read store --events 100 --least 100
      """)

  @Argument(help: "The store.")
  var store: String

  @Option(help: "The most events to read of each.")
  var events = 100

  @Option(help: "The fewest events that a profile has to have.")
  var least: UInt64 = 1

  @Option(help: "How many profiles to read.")
  var count = 2000

  @Option(help: "How often to read all of them.")
  var passes = 2

  @Option(help: "The seed for the choice.")
  var seed: UInt64 = 1

  func run() throws {
    let store = try Store.open(at: store)
    let snapshot = try store.snapshot()
    let chosen = try choose(snapshot)
    guard !chosen.isEmpty else { throw ValidationError("no profile has \(least) events") }
    for pass in (0..<passes).map({ $0 == 0 ? "first" : "again" }) {
      var times: [Double] = []
      var read = 0
      for profile in chosen {
        let clock = ContinuousClock()
        var found = 0
        let time = try clock.measure {
          found = try snapshot.report(profile, eventsMax: events, includesLinks: false).events.count
        }
        read += found
        times.append(
          Double(time.components.attoseconds) / 1e12 + Double(time.components.seconds) * 1e6)
      }
      times.sort()
      func at(_ share: Double) -> Int { Int(times[Int(Double(times.count - 1) * share)]) }
      print(
        "\(pass): \(times.count) profiles, \(read / times.count) events each; µs: "
          + "p50 \(at(0.5))  p90 \(at(0.9))  p99 \(at(0.99))  most \(at(1))")
    }
    try store.close()
  }

  private func choose(_ snapshot: Snapshot) throws -> [ProfileOrdinal] {
    var fitting: [ProfileOrdinal] = []
    for value in 0..<snapshot.profileCount {
      let profile = ProfileOrdinal(value)
      guard try snapshot.isAlive(profile), try snapshot.eventCount(of: profile) >= least else {
        continue
      }
      fitting.append(profile)
    }
    var state = seed
    var chosen: [ProfileOrdinal] = []
    while !fitting.isEmpty, chosen.count < count {
      state &+= 0x9E37_79B9_7F4A_7C15
      let place = HashSeed.mix(state).multipliedFullWidth(by: UInt64(fitting.count)).high
      fitting.swapAt(Int(place), fitting.count - 1)
      chosen.append(fitting.removeLast())
    }
    return chosen
  }
}
