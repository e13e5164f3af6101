// Which names of definitions no event has. Read from the log when definitions are tried or applied: the
// newest events have nearly all names that are in use, so that a few blocks answer for most definitions,
// and ingest pays nothing.

import Bytes
import Events
import Profiles
import Storage

/// What the events of a log have of some names.
struct NameSurvey {
  /// A path to look for, in the events of every call or of one.
  private struct WantedPath: Hashable {
    var path: PropertyPath
    var call: EventType?
  }

  /// How often each event name was seen, by symbol, and by the name of those that have no symbol.
  private var countOfSymbol: [UInt32] = []
  private var countOfName: [String: UInt32] = [:]
  /// Names and paths that no event has had yet; nil for a name that is not a symbol.
  private var missingEvents: [String: Symbol?] = [:]
  private var missingPaths: [WantedPath: [Symbol]] = [:]
  /// Known traits that were seen in the call of the other kind of profile.
  private var otherTraits: Set<WantedPath> = []
  /// The paths that some events have, by call; empty until a path was missed.
  private var presentPaths: [EventType: Set<PropertyPath>] = [:]
  private(set) var eventCount: UInt64 = 0
  private let names: SymbolNames

  /// The records that are looked at for paths that are near one that was missed.
  static let recordsForPathsMax: UInt64 = 200_000
  /// The most paths that are kept for that.
  static let pathsMax = 10_000

  private init(_ wanted: MentionedNames, _ symbols: SymbolTable) {
    for name in wanted.events { missingEvents.updateValue(symbols.lookup(name), forKey: name) }
    for wanted in Self.paths(wanted) {
      missingPaths[wanted] = symbols.knownField(wanted.path.keys).path.keys
    }
    names = symbols.names()
  }

  /// What the events of a log have nothing of; a sentence for each name, after the prefix of whatever mentions it.
  static func warnings(
    _ mentioned: [(prefix: String, names: MentionedNames)], in log: LogView, symbols: SymbolTable
  ) throws(StoreError) -> [String] {
    var all = MentionedNames()
    for (_, names) in mentioned { all.formUnion(names) }
    let survey = try NameSurvey(of: all, in: log, symbols: symbols)
    return mentioned.flatMap { mention in
      survey.warnings(about: mention.names).map { mention.prefix + $0 }
    }
  }

  private static func paths(_ names: MentionedNames) -> [WantedPath] {
    names.paths.map { WantedPath(path: $0, call: nil) }
      + names.personTraits.map { WantedPath(path: $0, call: .identify) }
      + names.accountTraits.map { WantedPath(path: $0, call: .group) }
  }

  /// Looks for names among the events of a log, the newest first, until all of them have been found.
  ///
  /// - Complexity: O(log) if a name is missing; else as far back as the newest event with the rarest name.
  init(of wanted: MentionedNames, in log: LogView, symbols: SymbolTable) throws(StoreError) {
    self.init(wanted, symbols)
    var last = log.nextSequence.value - 1
    var count: UInt64 = 1024
    while last > 0, !missingEvents.isEmpty || !missingPaths.isEmpty {
      let first = last >= count ? last - count + 1 : 1
      try log.scan(from: SequenceNumber(first), through: SequenceNumber(last)) {
        (record) throws(StoreError) in
        guard record.kind == RecordKind.event.rawValue else { return }
        do throws(DecodeError) { try look(at: try EventView(record.payload)) } catch {
          throw StoreError(error, in: "record \(record.sequence.value)")
        }
      }
      last = first - 1
      count = min(count * 2, 1 << 20)
    }
    guard eventCount > 0, !missingPaths.isEmpty else { return }
    try gatherPaths(log)
  }

  private mutating func look(at event: borrowing EventView) throws(DecodeError) {
    eventCount += 1
    if let symbol = event.name {
      let missing = Int(symbol.value) + 1 - countOfSymbol.count
      if missing > 0 { countOfSymbol += repeatElement(0, count: missing) }
      if countOfSymbol[Int(symbol.value)] == 0, !missingEvents.isEmpty {
        missingEvents = missingEvents.filter { $0.value != symbol }
      }
      // Wrapping: it only says which names are frequent.
      countOfSymbol[Int(symbol.value)] &+= 1
    } else if let name = try event.withName(names, { $0.toString() }) {
      countOfName[name, default: 0] &+= 1
      missingEvents.removeValue(forKey: name)
    }
    guard !missingPaths.isEmpty else { return }
    for (wanted, keys) in missingPaths where try event.value(at: keys) != nil {
      if wanted.call == nil || wanted.call == event.type {
        missingPaths[wanted] = nil
      } else if event.type == .identify || event.type == .group {
        otherTraits.insert(wanted)
      }
    }
  }

  // MARK: - What is near

  /// The names of all events that were looked at, the most frequent first.
  private var eventNames: [(name: String, count: UInt32)] {
    var result = countOfName.map { (name: $0.key, count: $0.value) }
    for (value, count) in countOfSymbol.enumerated() where count > 0 {
      let name = names.withName(of: Symbol(UInt32(value))) { $0.toString() }
      if let name { result.append((name, count)) }
    }
    return result.sorted { ($1.count, $0.name) < ($0.count, $1.name) }
  }

  /// What is wrong with the names in a definition; empty if events have all of them.
  func warnings(about mentioned: MentionedNames) -> [String] {
    guard eventCount > 0 else { return [] }
    var warnings: [String] = []
    let known = eventNames
    for name in mentioned.events.sorted() where missingEvents[name] != nil {
      var hint = ""
      if let near = NearName.of(name, among: known.map(\.name)),
        let found = known.first(where: { $0.name == near })
      {
        hint = "; did you mean \(Self.text(found))?"
      } else if !known.isEmpty {
        let most = known.prefix(3).map { Self.text($0) }.joined(separator: ", ")
        hint = "; the most frequent \(known.count == 1 ? "is" : "are") \(most)"
      }
      warnings.append("no event is called \(name.quoted)\(hint)")
    }
    for wanted in Self.paths(mentioned).sorted(by: { $0.path.description < $1.path.description })
    where missingPaths[wanted] != nil {
      warnings.append(warning(about: wanted))
    }
    return warnings
  }

  private func warning(about wanted: WantedPath) -> String {
    let (path, call) = (wanted.path, wanted.call)
    let lack = "no \(call.map { "\($0.name) call" } ?? "event") has \(path)"
    if otherTraits.contains(wanted) {
      return call == .identify
        ? "\(lack), and group calls have it: it belongs to accounts; refer to accounts, as in any "
          + "account(\(path) …)"
        : "\(lack), and identify calls have it: it belongs to persons; refer to members, as in any "
          + "member(\(path) …)"
    }
    let near = nearPath(path, in: call)
    return lack + (near.map { "; did you mean \($0)?" } ?? "")
  }

  private static func text(_ event: (name: String, count: UInt32)) -> String {
    "\(event.name.quoted) (\(event.count) \(event.count == 1 ? "event" : "events"))"
  }

  /// A path that differs in one key, which is near; else one with the same last key.
  ///
  /// - Parameter call: The call that must have it; nil for any.
  private func nearPath(_ path: PropertyPath, in call: EventType?) -> PropertyPath? {
    let present =
      call.map { presentPaths[$0] ?? [] }
      ?? presentPaths.values.reduce(into: []) { $0.formUnion($1) }
    let others = present.sorted { $0.description < $1.description }
    for place in path.keys.indices.reversed() {
      let candidates = others.filter { other in
        other.keys.count == path.keys.count
          && other.keys.indices.allSatisfy { $0 == place || other.keys[$0] == path.keys[$0] }
      }
      guard let key = NearName.of(path.keys[place], among: candidates.map { $0.keys[place] }) else {
        continue
      }
      return candidates.first { $0.keys[place] == key }
    }
    return others.first { $0.keys.last == path.keys.last && $0 != path }
  }

  // MARK: - Paths

  private mutating func gatherPaths(_ log: LogView) throws(StoreError) {
    let last = log.nextSequence.value - 1
    let first = last > Self.recordsForPathsMax ? last - Self.recordsForPathsMax + 1 : 1
    var seen: [EventType: Set<[UInt32]>] = [:]
    try log.scan(from: SequenceNumber(first), through: SequenceNumber(last)) {
      (record) throws(StoreError) in
      guard record.kind == RecordKind.event.rawValue,
        seen.values.reduce(0, { $0 + $1.count }) < Self.pathsMax
      else { return }
      do throws(DecodeError) {
        let event = try EventView(record.payload)
        try Self.gather(try event.rest, under: [], into: &seen[event.type, default: []])
      } catch {
        throw StoreError(error, in: "record \(record.sequence.value)")
      }
    }
    for (call, paths) in seen {
      for path in paths {
        let keys = path.compactMap { symbol in
          names.withName(of: Symbol(symbol)) { $0.toString() }
        }
        if keys.count == path.count, keys.count > 1 {
          presentPaths[call, default: []].insert(PropertyPath(keys))
        }
      }
    }
  }

  private static func gather(
    _ object: borrowing ValueView, under path: [UInt32], into seen: inout Set<[UInt32]>
  ) throws(DecodeError) {
    guard path.count < PropertyPath.keysMax else { return }
    try object.forEachMember { (symbol, _, value) throws(DecodeError) in
      guard let symbol, seen.count < pathsMax else { return }
      let inner = path + [symbol.value]
      seen.insert(inner)
      if value.kind == .object { try gather(value, under: inner, into: &seen) }
    }
  }
}
