// The generator's face: the bytes of the events, and the truth about who is who.

import Bytes

/// Synthetic events of a web shop, and the truth about the people who sent them.
///
/// The same size and seed give the same bytes on every machine. Memory: some bytes per person.
public struct SyntheticEvents {
  /// The first line of the truth.
  public static let truthHeader: [UInt8] = Array("message_id,person,profile\n".utf8)
  /// How many lines back a duplicate may reach.
  private static let recentCount = 512
  private static let duplicatesPercent = 1

  /// How many lines there will be.
  public let count: Int
  /// How many of them repeat an earlier one.
  public private(set) var duplicates = 0
  /// The lines so far.
  public private(set) var written = 0
  private var traffic: Traffic
  private var events: EventText
  /// Says which lines are duplicates, and nothing else: the rehearsal draws the same numbers.
  private var random: SeededRandom
  private var choice: SeededRandom
  private var recent: [[UInt8]] = []
  private var line = ByteWriter(capacity: 2048)
  /// Who belongs together in the end; empty if the truth is not asked for.
  private var ends: [Sightings] = []

  /// How many people have appeared so far.
  public var people: Int { traffic.sightings.count }

  /// Makes a stream of `count` events about `people` people.
  ///
  /// - Parameter knowsTruth: Whether `truth` will be asked for; who is who in the end is then found
  ///   out first, by a run without text.
  public init(count: Int, people: Int, seed: UInt64, knowsTruth: Bool) {
    self.count = count
    traffic = Traffic(seed: seed, people: people, count: count)
    events = EventText(seed: seed)
    random = SeededRandom(seed: seed &+ 0x6475_7065)
    choice = SeededRandom(seed: seed &+ 0x6F66)
    guard knowsTruth else { return }
    var rehearsal = traffic
    var draw = random
    for index in 0..<count where !Self.isDuplicate(index, &draw) { _ = rehearsal.next() }
    ends = rehearsal.sightings
  }

  /// Appends the next event and a line feed to `bytes`, and its line of the truth to `truth`.
  ///
  /// A duplicate has no line of its own in the truth.
  ///
  /// - Returns: False after the last event.
  public mutating func appendNext(to bytes: inout [UInt8], truth: inout [UInt8]) -> Bool {
    guard written < count else { return false }
    defer { written += 1 }
    if Self.isDuplicate(written, &random) {
      duplicates += 1
      bytes.append(contentsOf: recent[choice.below(recent.count)])
      return true
    }
    let step = traffic.next()
    line.removeAll()
    events.append(step, to: &line)
    bytes.append(contentsOf: line.bytes)
    if recent.count < Self.recentCount {
      recent.append(line.bytes)
    } else {
      recent[step.number % Self.recentCount] = line.bytes
    }
    if !ends.isEmpty { appendTruth(of: step, to: &truth) }
    return true
  }

  private static func isDuplicate(_ index: Int, _ random: inout SeededRandom) -> Bool {
    index > 0 && random.chance(duplicatesPercent)
  }

  /// `message id, person, profile`: events whose `profile` is equal belong to one profile.
  private func appendTruth(of step: Step, to truth: inout [UInt8]) {
    var row = ByteWriter(capacity: 64)
    row.uuid(events.messageID(step.number))
    row.u8(0x2C)
    row.decimal(step.person)
    row.u8(0x2C)
    row.decimal(step.person)
    row.u8(0x2E)
    row.decimal(ends[step.person].group(of: step.handle))
    row.u8(0x0A)
    truth.append(contentsOf: row.bytes)
  }
}
