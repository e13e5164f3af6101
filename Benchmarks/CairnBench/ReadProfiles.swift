// How long it takes to read a profile, in process: the whole profile with its latest events, every field
// of them decoded.

import ArgumentParser
import Bytes
import Cairn
import Engine
import Events
import Profiles
import Storage

/// Times reads of random profiles.
struct ReadProfiles: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "read",
    abstract: "Time reads of random profiles with their latest events.",
    discussion: """
      A read is a whole report: identifiers, traits, audiences and the latest events, every field of each \
      event decoded to its text, number, instant, UUID or truth value, or with --json each event written as JSON.

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

  @Flag(help: "Write each event as JSON instead of visiting its fields.")
  var json = false

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
      var work = Work()
      for profile in chosen {
        let clock = ContinuousClock()
        let time = try clock.measure {
          let report = try snapshot.report(profile, eventsMax: events, includesLinks: false)
          for event in report.events {
            try json ? work.write(event) : work.decode(event)
          }
        }
        times.append(
          Double(time.components.attoseconds) / 1e12 + Double(time.components.seconds) * 1e6)
      }
      times.sort()
      func at(_ share: Double) -> Int { Int(times[Int(Double(times.count - 1) * share)]) }
      print(
        "\(pass): \(times.count) profiles, \(work.events / times.count) events and "
          + "\(work.fields / times.count) fields, \(work.bytes / times.count) bytes each; µs: p50 \(at(0.5))  "
          + "p90 \(at(0.9))  p99 \(at(0.99))  most \(at(1))")
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

/// What has been read, added up so that none of it can be left out.
struct Work: FieldVisitor {
  var events = 0
  var fields = 0
  /// Bytes of texts and keys, or of JSON.
  var bytes = 0
  /// The sum of all numbers, as far as it goes.
  private var sum: Int128 = 0
  private var writer = ByteWriter(capacity: 4096)

  /// Decodes every field of an event.
  mutating func decode(_ event: EventEntry) throws(StoreError) {
    events += 1
    bytes += try event.withName { $0.byteCount } ?? 0
    try event.visitFields(&self)
  }

  /// Writes an event as JSON.
  mutating func write(_ event: EventEntry) throws(StoreError) {
    events += 1
    writer.removeAll()
    try event.writeJSON(to: &writer)
    bytes += writer.count
  }

  mutating func visit(text: RawSpan, _ field: borrowing StoredField) {
    count(field)
    bytes += text.byteCount
  }

  mutating func visit(uuid: RawSpan, _ field: borrowing StoredField) {
    count(field)
    sum &+= Int128(
      uuid.unsafeLoadUnaligned(as: UInt64.self)
        ^ uuid.unsafeLoadUnaligned(fromByteOffset: 8, as: UInt64.self))
  }

  mutating func visit(instant: Timestamp, _ field: borrowing StoredField) {
    count(field)
    sum &+= Int128(instant.milliseconds)
  }

  mutating func visit(number: FixedDecimal.Reading, _ field: borrowing StoredField) {
    count(field)
    if case .exact(let number) = number { sum &+= number.mantissa }
  }

  mutating func visit(boolean: Bool, _ field: borrowing StoredField) {
    count(field)
    if boolean { sum &+= 1 }
  }

  mutating func visitNull(_ field: borrowing StoredField) { count(field) }
  mutating func visitObject(_ field: borrowing StoredField) { count(field) }
  mutating func visitArray(_ field: borrowing StoredField) { count(field) }

  private mutating func count(_ field: borrowing StoredField) {
    fields += 1
    bytes += field.key.byteCount
  }
}
