// Who is who, and who enters and leaves, by brute force: people are lists of names and of events, merges move
// them, and audiences count events.

/// The reference of `MergeModelTests`; what it says of profiles is by their ordinals, the order in which they began.
struct MergeModel {
  struct Seen {
    var home: String
    var minute: Int
    var value: Int
  }

  struct Person {
    var names: [String] = []
    var members: Set<String> = []
    var isAbsorbed = false
  }

  /// How long the window of `recent` is, in minutes.
  static let windowMinutes = 3 * 24 * 60

  private(set) var people: [Person] = []
  private(set) var changes: [String] = []
  private var events: [Seen] = []
  private var firstSeen: [String] = []
  private var owners: [String: Int] = [:]
  private var origins: [String: Int] = [:]
  private var sides: [String: [Int: Bool]] = [:]
  private var splitCount = 0
  private var now = 0
  /// The first event that has not left the window.
  private var leaving = 0

  func owner(of name: String) -> Int? { owners[name] }
  var names: [String] { firstSeen }
  func eventCount(of person: Int) -> Int { events.count { owners[$0.home] == person } }

  // MARK: Inputs

  /// An event with names, the first of them its home.
  mutating func take(_ names: [String], minute: Int, value: Int) {
    pass(to: minute)
    var kept = names
    while kept.count > 1, arePartedPeople(Set(kept.compactMap { owners[$0] })) { kept.removeLast() }
    let parties = Set(kept.compactMap { owners[$0] }).sorted()
    let person = parties.first ?? people.count
    if parties.isEmpty { people.append(Person()) }
    for other in parties.dropFirst() { absorb(other, into: person) }
    for name in kept where owners[name] == nil {
      owners[name] = person
      origins[name] = person
      firstSeen.append(name)
      people[person].names.append(name)
    }
    events.append(Seen(home: kept[0], minute: minute, value: value))
    for other in parties.dropFirst() { end(other, into: person) }
    judge(person, parties.count > 1 ? "merge" : "event")
  }

  /// A merge by hand.
  mutating func merge(_ a: String, _ b: String) {
    guard let first = owners[a], let second = owners[b], first != second else { return }
    let (survivor, absorbed) = (min(first, second), max(first, second))
    var found: [Int: Set<Bool>] = [:]
    let all = people[survivor].names + people[absorbed].names
    for name in all {
      for (split, side) in sides[name] ?? [:] { found[split, default: []].insert(side) }
    }
    for name in all { sides[name] = sides[name]?.filter { found[$0.key]?.count == 1 } }
    absorb(absorbed, into: survivor)
    end(absorbed, into: survivor)
    judge(survivor, "merge")
  }

  /// A split of names of one person, who has others as well.
  mutating func split(_ leaving: Set<String>, from person: Int) {
    splitCount += 1
    let names = people[person].names
    var founders: [Int: String] = [:]
    for name in firstSeen where names.contains(name) {
      guard let origin = origins[name], founders[origin] == nil else { continue }
      founders[origin] = name
    }
    let keepsLeaving = founders[person].map(leaving.contains) ?? false
    let moving = Set(names.filter { leaving.contains($0) != keepsLeaving })
    let freed = founders.filter { $0.key != person && moving.contains($0.value) }.keys.min()
    let other = freed ?? people.count
    if freed == nil { people.append(Person()) }
    people[other].isAbsorbed = false
    people[person].names = names.filter { !moving.contains($0) }
    people[other].names = names.filter(moving.contains)
    for name in names {
      let here = moving.contains(name) ? other : person
      owners[name] = here
      let founder = origins[name].flatMap { founders[$0] }
      if founder.map({ moving.contains($0) != moving.contains(name) }) ?? true {
        origins[name] = here
      }
      sides[name, default: [:]][splitCount] = leaving.contains(name)
    }
    for side in [person, other].sorted() { judge(side, "split") }
  }

  // MARK: What follows

  private func arePartedPeople(_ parties: Set<Int>) -> Bool {
    var found: [Int: [Bool: Set<Int>]] = [:]
    for party in parties {
      for name in people[party].names {
        for (split, side) in sides[name] ?? [:] {
          found[split, default: [:]][side, default: []].insert(party)
        }
      }
    }
    return found.values.contains { bySide in
      (bySide[true] ?? []).contains { party in (bySide[false] ?? []).contains { $0 != party } }
    }
  }

  private mutating func absorb(_ other: Int, into person: Int) {
    for name in people[other].names { owners[name] = person }
    people[person].names += people[other].names
    people[other].names = []
    people[other].isAbsorbed = true
  }

  private mutating func end(_ other: Int, into person: Int) {
    for audience in people[other].members.sorted() {
      changes.append("\(other) \(audience) merged into \(person) merge")
    }
    people[other].members = []
  }

  private mutating func judge(_ person: Int, _ cause: String) {
    let own = events.filter { owners[$0.home] == person }
    let recent = own.filter { $0.minute > now - Self.windowMinutes }
    let truths = [
      ("large", own.map(\.value).max() ?? 0 >= 990), ("often", own.count >= 20),
      ("recent", recent.count >= 12), ("spent", recent.map(\.value).reduce(0, +) > 9000),
      ("varied", Set(recent.map { $0.value % 50 }).count > 15),
    ]
    for (audience, truth) in truths where truth != people[person].members.contains(audience) {
      if truth {
        people[person].members.insert(audience)
      } else {
        people[person].members.remove(audience)
      }
      changes.append("\(person) \(audience) \(truth ? "entered" : "exited") \(cause)")
    }
  }

  /// Lets time pass, and judges those of whom an event leaves the window.
  private mutating func pass(to minute: Int) {
    for event in events[leaving...] {
      guard event.minute + Self.windowMinutes <= minute else { break }
      leaving += 1
      now = event.minute + Self.windowMinutes
      if let person = owners[event.home] { judge(person, "timer") }
    }
    now = minute
  }
}
