// The way of a comparison: the same lines go to a store and to the reference, then both are asked.

import Bytes
import Cairn
import Engine
import Profiles
import Reference
import Storage

/// Feeds a store and the reference, and compares all that they know.
public struct ReferenceRun {
  /// What differs, the first few of it in words.
  public private(set) var differences = Differences()
  /// The definitions.
  public let catalogue: Catalogue
  private let store: Store
  private var world = World()
  private var reader = LineReader()
  private var rough = RoughLines()
  private var truth = TruthRows()
  private var options = IngestOptions()

  private var isDefined = false
  private let plainEvents: Int
  private let share: Int

  /// Makes a store for a catalogue; half of what nothing else names is left for `finish`.
  ///
  /// - Parameters:
  ///   - plainEvents: How many events come in before the first definition.
  ///   - share: Of how many persons one is compared at an instant, another one at each.
  public init(
    at path: String, catalogue: Catalogue, options: StoreOptions = StoreOptions(),
    plainEvents: Int = 0, share: Int = 1
  ) throws {
    self.catalogue = catalogue
    self.plainEvents = plainEvents
    self.share = share
    self.options.clock = .events
    store = try Store.create(at: path, options: options)
  }

  /// Events so far, repetitions not counted.
  public var events: Int { world.owners.count }
  /// Repetitions so far.
  public var duplicates: Int { reader.duplicates }
  /// People so far.
  public var persons: Int { world.persons.count }
  /// Accounts so far.
  public var accounts: Int { world.accounts.count }

  /// Takes in whole lines, and the rows of the truth that belong to them.
  public mutating func take(_ lines: ArraySlice<UInt8>, truth rows: [UInt8]) throws {
    truth.append(rows)
    if events >= plainEvents { try define() }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(lines.count + lines.count / 64)
    rough.append(lines, to: &bytes)
    let summary = try store.ingest(lines: bytes, options: options)
    let before = (reader.count, reader.duplicates)
    bytes.withUnsafeBufferPointer { buffer in
      var start = 0
      while let end = buffer.lineEnd(from: start) {
        read(UnsafeBufferPointer(rebasing: buffer[start..<end]))
        start = end + 1
      }
    }
    differences.check(summary.verdicts.accepted, reader.count - before.0, "accepted events")
    differences.check(
      summary.verdicts.duplicates, reader.duplicates - before.1, "repeated events")
  }

  private mutating func define() throws {
    guard !isDefined else { return }
    _ = try store.apply(catalogue.early)
    isDefined = true
  }

  private mutating func read(_ line: UnsafeBufferPointer<UInt8>) {
    guard let (event, id) = reader.read(line) else { return }
    guard let row = truth.next(), row.messageID == id else {
      differences.add("event \(event.order)", "is not the next of the truth")
      return
    }
    world.add(event, label: row.profile)
  }

  /// Defines what was left, so that its values come from what is in the log already; then compares
  /// everything as of now and of later instants.
  ///
  /// - Parameter laterDays: How many days later each further comparison is, at midnight.
  public mutating func finish(
    laterDays: [Int64], progress: (String) -> Void = { _ in }
  ) throws {
    world.sort()
    try define()
    _ = try store.apply(catalogue.late, prune: false)
    progress("definitions \(catalogue.early.count + catalogue.late.count)")
    let snapshot = try store.snapshot()
    differences.check(snapshot.logicalNow.milliseconds, world.latest, "now")
    guard let ordinals = try partition(snapshot) else { return }
    progress("partition compared")
    let day = Milliseconds.days(1).value
    let instants =
      [world.latest]
      + laterDays.enumerated().map { place, days in
        // Every other one is just before midnight.
        (world.latest / day + 1 + days) * day - Int64(place % 2)
      }
    for (place, instant) in instants.enumerated() {
      var comparison = Comparison(
        snapshot: snapshot, world: world, catalogue: catalogue, instant: instant)
      try comparison.compare(persons: ordinals, part: place % share, of: share)
      try comparison.compareAccounts()
      if share == 1 { try comparison.compareMembers() }
      differences.add(comparison.differences)
      progress("\(comparison.answers) answers as of \(Timestamp(milliseconds: instant))")
    }
  }

  /// Closes the store.
  public func close() throws { try store.close() }

  /// The profile of each person; nil if the store has other persons than the truth.
  private mutating func partition(_ snapshot: Snapshot) throws -> [ProfileOrdinal]? {
    var found = [ProfileOrdinal?](repeating: nil, count: world.persons.count)
    var place = 0
    var wrong = 0
    try snapshot.visitEventOwners { (_, _, profile) throws(StoreError) in
      defer { place += 1 }
      guard place < world.owners.count else { return }
      let person = world.owners[place]
      if let known = found[person], known != profile { wrong += 1 }
      found[person] = profile
    }
    differences.check(place, world.owners.count, "events in the store")
    differences.check(wrong, 0, "events in another profile than the first of their person")
    let profiles = found.compactMap { $0 }
    differences.check(Set(profiles).count, found.count, "profiles")
    return differences.count == 0 ? profiles : nil
  }
}

extension Catalogue {
  /// What is defined before the first event.
  var early: [DefinitionText] {
    traits.enumerated().filter { !isLate($0.offset) }.map { .init(.trait, $1.name, $1.text) }
      + audiences.map { .init(.audience, $0.name, $0.text) }
      + accountTraits.map { .init(.accountTrait, $0.name, $0.text) }
      + accountAudiences.map { .init(.accountAudience, $0.name, $0.text) }
  }

  /// What is defined after the last event.
  var late: [DefinitionText] {
    traits.enumerated().filter { isLate($0.offset) }.map { .init(.trait, $1.name, $1.text) }
  }

  /// Whether the trait at a place is defined late: every other one that no other can name.
  private func isLate(_ place: Int) -> Bool { place < freeCount && !place.isMultiple(of: 2) }
}

extension DefinitionText {
  fileprivate init(_ kind: DefinitionRecord.Kind, _ name: String, _ text: String) {
    self.init(kind: kind, name: name, text: text, file: "reference")
  }
}
