// All persons and accounts with their events, and everything that is true of them.

/// Everything that was read: who did what.
public final class World {
  /// One person, as the truth has it.
  public final class Person {
    /// The number that the truth has for the profile.
    public let label: UInt64
    /// The events in the order of their times.
    public fileprivate(set) var events: [PlainEvent] = []
    /// The accounts that some of them count for.
    fileprivate var accounts: [Int] = []

    init(label: UInt64) { self.label = label }
  }

  /// One account.
  public final class Account {
    /// The id that events name.
    public let id: String
    fileprivate var events: [PlainEvent] = []
    /// The persons of the events, and what each did here.
    fileprivate var members: [(person: Int, events: [PlainEvent])] = []
    fileprivate var places: [Int: Int] = [:]

    init(id: String) { self.id = id }
  }

  /// The persons, in the order in which they appear.
  public private(set) var persons: [Person] = []
  /// The accounts, likewise.
  public private(set) var accounts: [Account] = []
  /// The person of each event, in the order of the log.
  public private(set) var owners: [Int] = []
  /// The latest time of an event.
  public private(set) var latest = Int64.min
  private var personOf: [UInt64: Int] = [:]
  private var accountOf: [String: Int] = [:]

  /// Nobody.
  public init() {}

  /// Adds the next event of the log.
  public func add(_ event: PlainEvent, label: UInt64) {
    let person = personOf[label] ?? persons.count
    if person == persons.count {
      personOf[label] = person
      persons.append(Person(label: label))
    }
    persons[person].events.append(event)
    owners.append(person)
    latest = max(latest, event.time)
    guard let id = event.account else { return }
    let number = accountOf[id] ?? accounts.count
    if number == accounts.count {
      accountOf[id] = number
      accounts.append(Account(id: id))
    }
    let account = accounts[number]
    account.events.append(event)
    let place = account.places[person] ?? account.members.count
    if place == account.members.count {
      account.places[person] = place
      persons[person].accounts.append(number)
      account.members.append((person, []))
    }
    account.members[place].events.append(event)
  }

  /// Puts everybody's events in order; to be called once, after the last event.
  public func sort() {
    func isBefore(_ a: PlainEvent, _ b: PlainEvent) -> Bool {
      a.time != b.time ? a.time < b.time : a.order < b.order
    }
    for person in persons { person.events.sort(by: isBefore) }
    for account in accounts {
      account.events.sort(by: isBefore)
      for place in account.members.indices { account.members[place].events.sort(by: isBefore) }
    }
  }

  /// A person at an instant.
  ///
  /// - Parameter bucket: The bucket of the person's profile for a text: it depends on an id that the
  ///   store draws.
  public func subject(
    _ person: Person, at now: Int64, bucket: @escaping (String) -> Int
  ) -> Subject {
    Subject(
      Self.past(person.events, now),
      // No definition of persons asks for the bucket of an account.
      accounts: {
        person.accounts.map { self.subject(self.accounts[$0], at: now, bucket: { _ in -1 }) }
      }, bucket: bucket)
  }

  /// An account at an instant.
  public func subject(
    _ account: Account, at now: Int64, bucket: @escaping (String) -> Int
  ) -> Subject {
    let members = account.members.map { member in
      // No definition of accounts asks for the bucket of a member.
      Subject.Member(
        there: Subject(Self.past(member.events, now), bucket: { _ in -1 }),
        person: Subject(Self.past(persons[member.person].events, now), bucket: { _ in -1 }))
    }
    return Subject(Self.past(account.events, now), members: members, bucket: bucket)
  }

  private static func past(_ events: [PlainEvent], _ now: Int64) -> Past {
    // In order, so that nothing is copied if nothing is later.
    let isAll = events.last.map { $0.time <= now } ?? true
    return Past(events: isAll ? events : events.filter { $0.time <= now }, now: now)
  }
}
