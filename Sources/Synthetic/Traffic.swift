// Who does what when: sessions of many people interleaved, without a byte of text. Apart from the
// text, so that the truth about who is who can be known before the first event is written.

import Bytes

/// What happens.
enum Happening: UInt8 {
  case pageViewed, page, screen, searched, productViewed, productAdded, checkoutStarted
  case orderCompleted, appointmentBooked, signedIn, identified, newsletter, grouped
  case subscriptionRenewed, emailDelivered, emailOpened, emailClicked, ticketOpened
  case ticketResolved
}

/// One event to be written.
struct Step {
  var person = 0
  /// 1 to 4, or 0 for an event that a server sends.
  var device = 0
  var happening = Happening.pageViewed
  var carriesUser = false
  var carriesEmail = false
  var account: Int?
  /// The session's place among those that go on at once, and its own number.
  var slot = 0
  var session: UInt64 = 0
  var time: Int64 = 0
  /// The number of the event, duplicates not counted.
  var number = 0
  /// The ticket that is opened or resolved.
  var ticket = 0

  /// The handle that the event is told apart by: the best that it carries.
  var handle: Int {
    if carriesUser { return Handle.user }
    return carriesEmail ? Handle.email : Handle.device(device)
  }
}

/// A seeded stream of steps.
struct Traffic {
  /// 2024-01-01.
  private static let start: Int64 = 1_704_067_200_000
  private static let spanMilliseconds: Int64 = 365 * 86_400_000
  private static let sessionsAtOnce = 4096
  private static let sessionSteps = [1, 1, 2, 2, 3, 3, 4, 4, 5, 6, 6, 7, 8, 10, 12, 16]
  /// About how many steps a session has, all kinds together.
  private static let stepsMean = 4

  private struct Session {
    var person = 0
    var device = 0
    var kind = Kind.web
    var left = 0
    var isSignedIn = false
    var number: UInt64 = 0
  }

  private enum Kind { case web, server, email, support }

  let seed: UInt64
  let people: Int
  let accounts: Int
  private let count: Int
  private let stepMilliseconds: Int
  private var random: SeededRandom
  private var now = start
  private var number = 0
  private var sessions: [Session]
  private var sessionCount: UInt64 = 0
  /// Persons of past sessions: to choose one of them is to prefer who came often, which gives
  /// activity a power law (Yule and Simon).
  private var visits: [UInt32] = []
  /// One for each person that has appeared.
  private(set) var sightings: [Sightings] = []

  init(seed: UInt64, people: Int, count: Int) {
    self.seed = seed
    self.people = people
    self.count = count
    accounts = people / 40 + 1
    stepMilliseconds = max(2, Int(Self.spanMilliseconds / Int64(max(1, count))) * 2)
    random = SeededRandom(seed: seed)
    let atOnce = min(Self.sessionsAtOnce, people / 4 + 1)
    sessions = Array(repeating: Session(), count: atOnce)
  }

  /// The next step.
  mutating func next() -> Step {
    now += Int64(random.below(stepMilliseconds))
    let slot = random.below(sessions.count)
    if sessions[slot].left == 0 { sessions[slot] = begin() }
    sessions[slot].left -= 1
    var step = Step()
    step.slot = slot
    step.session = sessions[slot].number
    step.person = sessions[slot].person
    step.number = number
    // Slightly out of order, and 2 in 100 late by up to three days.
    let isLate = random.below(100) < 2
    step.time = now - Int64(random.below(isLate ? 3 * 86_400_000 : 2_000))
    let person = Person(step.person, seed: seed)
    switch sessions[slot].kind {
    case .web: browse(slot, person, &step)
    case .server:
      step.carriesUser = true
      step.happening = random.chance(40) ? .orderCompleted : .subscriptionRenewed
    case .email:
      step.carriesEmail = true
      step.happening = [.emailDelivered, .emailOpened, .emailClicked][random.below(3)]
    case .support: support(&step)
    }
    if step.carriesUser { step.account = person.account(of: accounts) }
    note(step)
    number += 1
    return step
  }

  private mutating func begin() -> Session {
    var session = Session()
    sessionCount += 1
    session.number = sessionCount
    let due = people - sightings.count
    let sessionsLeft = max(1, (count - number) / Self.stepsMean)
    let isNew = sightings.isEmpty || random.below(sessionsLeft) < due && due > 0
    if isNew {
      session.person = sightings.count
      sightings.append(Sightings())
    } else {
      session.person = Int(visits[random.below(visits.count)])
    }
    remember(session.person)
    let person = Person(session.person, seed: seed)
    let isUser = sightings[session.person].isUser
    switch random.below(100) {
    case ..<22 where !isNew:
      session.kind = .email
      session.left = 1 + random.below(3)
    case ..<34 where isUser:
      session.kind = .server
      session.left = 1
    case ..<42 where isUser:
      session.kind = .support
      session.left = 1
    default:
      session.left = Self.sessionSteps[random.below(Self.sessionSteps.count)]
      // The first device is used most.
      session.device = random.chance(50) ? 1 : 1 + random.below(person.devices)
      let isSignedIn = sightings[session.person].signedIn >> session.device & 1 == 1
      session.isSignedIn = isSignedIn && random.chance(85)
    }
    return session
  }

  private mutating func remember(_ person: Int) {
    if visits.count < people {
      visits.append(UInt32(person))
    } else {
      visits[random.below(visits.count)] = UInt32(person)
    }
  }

  private mutating func browse(_ slot: Int, _ person: Person, _ step: inout Step) {
    step.device = sessions[slot].device
    if !sessions[slot].isSignedIn {
      if person.signsUp, random.chance(30) {
        sessions[slot].isSignedIn = true
        step.happening = .identified
        step.carriesEmail = true
      } else if random.chance(2) {
        step.happening = .newsletter
        step.carriesEmail = true
      } else {
        step.happening = look(person)
      }
    } else {
      step.happening =
        switch random.below(100) {
        case ..<3 where person.account(of: accounts) != nil: .grouped
        case ..<6: .signedIn
        case ..<11: .checkoutStarted
        case ..<18: .orderCompleted
        case ..<19: .appointmentBooked
        default: look(person)
        }
    }
    step.carriesUser = sessions[slot].isSignedIn
  }

  private mutating func look(_ person: Person) -> Happening {
    switch random.below(100) {
    case ..<52: .pageViewed
    case ..<58: person.pick(5, below: 4) == 0 ? .screen : .page
    case ..<64: .searched
    case ..<91: .productViewed
    default: .productAdded
    }
  }

  private mutating func support(_ step: inout Step) {
    step.carriesUser = true
    let known = sightings[step.person]
    if known.ticketsResolved < known.ticketsOpened, random.chance(60) {
      step.happening = .ticketResolved
      step.ticket = Int(known.ticketsResolved)
      sightings[step.person].ticketsResolved += 1
    } else if known.ticketsOpened < .max {
      step.happening = .ticketOpened
      step.ticket = Int(known.ticketsOpened)
      sightings[step.person].ticketsOpened += 1
    } else {
      step.happening = .signedIn
    }
  }

  /// Notes what the event tells about who is who.
  private mutating func note(_ step: Step) {
    if step.carriesUser {
      sightings[step.person].isUser = true
      if step.device > 0 { sightings[step.person].signedIn |= 1 << step.device }
    }
    if step.carriesEmail, step.handle != Handle.email {
      sightings[step.person].join(step.handle, Handle.email)
    }
    if step.device > 0 { sightings[step.person].join(step.handle, Handle.device(step.device)) }
  }
}
