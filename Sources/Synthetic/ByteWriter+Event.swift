// The parts of synthetic events: ids, traits and properties.

import Bytes

extension SeededRandom {
  mutating func element(of list: [[UInt8]]) -> [UInt8] { list[below(list.count)] }
}

extension Happening {
  /// The value of `type`.
  var type: StaticString {
    switch self {
    case .identified, .newsletter: "identify"
    case .grouped: "group"
    case .page: "page"
    case .screen: "screen"
    default: "track"
    }
  }

  /// The value of `event`, for calls that have one.
  var eventName: StaticString? {
    switch self {
    case .pageViewed: "Page Viewed"
    case .searched: "Products Searched"
    case .productViewed: "Product Viewed"
    case .productAdded: "Product Added"
    case .checkoutStarted: "Checkout Started"
    case .orderCompleted: "Order Completed"
    case .appointmentBooked: "Appointment Booked"
    case .signedIn: "Signed In"
    case .subscriptionRenewed: "Subscription Renewed"
    case .emailDelivered: "Email Delivered"
    case .emailOpened: "Email Opened"
    case .emailClicked: "Email Link Clicked"
    case .ticketOpened: "Support Ticket Opened"
    case .ticketResolved: "Support Ticket Resolved"
    case .page, .screen, .identified, .newsletter, .grouped: nil
    }
  }
}

extension ByteWriter {
  /// The lowest `digits` hexadecimal digits of `value`.
  mutating func hexadecimal(_ value: UInt64, digits: Int) {
    var shift = UInt64(digits * 4)
    while shift > 0 {
      shift -= 4
      let digit = UInt8(truncatingIfNeeded: value >> shift & 0xF)
      u8(digit < 10 ? 0x30 + digit : 0x57 + digit)
    }
  }

  mutating func uuid(_ id: (high: UInt64, low: UInt64)) {
    hexadecimal(id.high >> 32, digits: 8)
    u8(0x2D)
    hexadecimal(id.high >> 16, digits: 4)
    u8(0x2D)
    hexadecimal(id.high, digits: 4)
    u8(0x2D)
    hexadecimal(id.low >> 48, digits: 4)
    u8(0x2D)
    hexadecimal(id.low, digits: 12)
  }

  mutating func decimal(_ value: Int) {
    if value >= 10 { decimal(value / 10) }
    u8(0x30 + UInt8(truncatingIfNeeded: value % 10))
  }

  /// An amount of cents as `12.30`.
  mutating func money(_ cents: Int) {
    decimal(cents / 100)
    u8(0x2E)
    u8(0x30 + UInt8(truncatingIfNeeded: cents / 10 % 10))
    u8(0x30 + UInt8(truncatingIfNeeded: cents % 10))
  }

  mutating func instant(_ milliseconds: Int64) {
    var text: [UInt8] = []
    text.reserveCapacity(24)
    Timestamp(milliseconds: milliseconds).write(to: &text)
    append(text)
  }

  mutating func userID(_ person: Person) {
    append("u-")
    decimal(100_000 + person.number)
  }

  mutating func accountID(_ account: Int) {
    append("acct-")
    decimal(10_000 + account)
  }

  mutating func email(_ person: Person) {
    let given = Vocabulary.givenNames[person.pick(20, below: Vocabulary.givenNames.count)]
    // The address is ASCII, whatever the name is.
    for byte in given where byte < 0x80 { u8(byte | 0x20) }
    u8(0x2E)
    decimal(person.number)
    u8(0x40)
    append(Vocabulary.mailHosts[person.pick(21, below: Vocabulary.mailHosts.count)])
  }

  mutating func personTraits(_ person: Person, isFull: Bool) {
    append(#""email":""#)
    email(person)
    guard isFull else {
      append(
        #"","newsletter":true,"list":"weekly","opt_in":true,"form":"footer","version":3,"double":true"#
      )
      return
    }
    let place = person.pick(6, below: Vocabulary.locales.count)
    append(#"","firstName":""#)
    append(Vocabulary.givenNames[person.pick(20, below: Vocabulary.givenNames.count)])
    append(#"","lastName":""#)
    append(Vocabulary.familyNames[person.pick(22, below: Vocabulary.familyNames.count)])
    append(#"","phone":"+4930"#)
    decimal(1_000_000 + person.pick(23, below: 9_000_000))
    append(#"","plan":""#)
    append(Vocabulary.plans[person.pick(24, below: Vocabulary.plans.count)])
    append(#"","address":{"city":""#)
    append(Vocabulary.cities[person.pick(25, below: Vocabulary.cities.count)])
    append(#"","postalCode":""#)
    decimal(10_000 + person.pick(26, below: 90_000))
    append(#"","country":""#)
    append(Vocabulary.countries[place])
    append(#""}"#)
  }

  mutating func accountTraits(_ account: Int) {
    append(#""name":"Company "#)
    decimal(account)
    append(#"","industry":""#)
    append(Vocabulary.industries[account % Vocabulary.industries.count])
    append(#"","plan":""#)
    append(Vocabulary.plans[account / 3 % Vocabulary.plans.count])
    append(#"","employees":"#)
    decimal(5 + account * 37 % 4000)
    append(#","trial":false,"seats":"#)
    decimal(1 + account % 90)
  }

  mutating func properties(of step: Step, _ person: Person, _ random: inout SeededRandom) {
    switch step.happening {
    case .pageViewed, .page, .screen:
      append(#""section":""#)
      append(random.element(of: Vocabulary.sections))
      append(#"","scroll":"#)
      decimal(random.below(101))
      append(#","load":"#)
      decimal(80 + random.below(1900))
      append(#","active":"#)
      decimal(random.below(120_000))
      append(#","depth":"#)
      decimal(1 + random.below(12))
      append(#","ab":null"#)
    case .searched:
      append(#""query":""#)
      append(random.element(of: Vocabulary.queries))
      append(#"","results":"#)
      decimal(random.below(200))
      append(#","page":1,"sort":"relevance","took":"#)
      decimal(20 + random.below(900))
      append(#","facets":"#)
      decimal(random.below(8))
    case .productViewed, .productAdded: product(&random)
    case .checkoutStarted, .orderCompleted, .subscriptionRenewed:
      order(step, person, &random)
    case .appointmentBooked:
      append(#""department":"dermatology","slot":"#)
      decimal(random.below(40))
      append(#","channel":"web","reminder":true,"room":"#)
      decimal(random.below(30))
      append(#","minutes":15"#)
    case .signedIn:
      append(#""method":"password","remember":true,"attempts":1,"mfa":false,"took":"#)
      decimal(90 + random.below(4000))
      append(#","risk":"#)
      decimal(random.below(100))
    case .emailDelivered, .emailOpened, .emailClicked: campaign(&random)
    case .ticketOpened, .ticketResolved: ticket(step, person, &random)
    case .identified, .newsletter, .grouped: break
    }
  }

  private mutating func product(_ random: inout SeededRandom) {
    let number = random.below(5000)
    append(#""product_id":"p-"#)
    decimal(10_000 + number)
    append(#"","category":""#)
    append(Vocabulary.categories[number % Vocabulary.categories.count])
    append(#"","brand":""#)
    append(Vocabulary.brands[number % Vocabulary.brands.count])
    append(#"","price":"#)
    money(199 + number * 7919 % 40_000)
    append(#","stock":"#)
    decimal(random.below(500))
    append(#","rank":"#)
    decimal(1 + random.below(24))
  }

  private mutating func order(_ step: Step, _ person: Person, _ random: inout SeededRandom) {
    let currencies: [StaticString] = ["USD", "USD", "USD", "EUR", "EUR", "GBP"]
    let cents = 500 + random.below(2000) * (1 + random.below(20))
    append(#""order_id":"o-"#)
    decimal(1_000_000 + step.number)
    append(#"","revenue":"#)
    money(cents)
    append(#","tax":"#)
    money(cents * 19 / 100)
    append(#","shipping":4.90,"currency":""#)
    append(currencies[person.pick(27, below: currencies.count)])
    append(#"","items":"#)
    decimal(1 + random.below(5))
    append(#","category":""#)
    append(random.element(of: Vocabulary.categories))
    append(#"","coupon":null"#)
  }

  private mutating func campaign(_ random: inout SeededRandom) {
    append(#""campaign_id":"c-"#)
    decimal(100 + random.below(60))
    append(#"","subject":"New this week","template":"w"#)
    decimal(random.below(9))
    append(#"","link":"https://shop.example.com/sale""#)
    append(#","provider":"postmark","bytes":"#)
    decimal(20_000 + random.below(30_000))
  }

  private mutating func ticket(_ step: Step, _ person: Person, _ random: inout SeededRandom) {
    append(#""ticket_id":"t-"#)
    decimal(person.number)
    u8(0x2D)
    decimal(step.ticket)
    append(#"","topic":""#)
    append(random.element(of: Vocabulary.topics))
    append(#"","priority":"normal","channel":"chat","team":"first-line","satisfaction":"#)
    decimal(1 + random.below(5))
    append(#","minutes":"#)
    decimal(random.below(3000))
  }
}
