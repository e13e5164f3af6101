// One synthetic event as a line of JSON. The part of the context that stays the same throughout a
// session is written once a session and copied, which is what makes this fast.

import Bytes

/// Writes steps as events of the Segment spec.
struct EventText {
  private let seed: UInt64
  private var contexts: [Context] = []

  /// What a session's events have in common.
  private struct Context {
    var session: UInt64 = 0
    var bytes: [UInt8] = []
  }

  init(seed: UInt64) { self.seed = seed }

  /// The two halves of a message's UUID.
  ///
  /// Version 4: 122 random bits.
  func messageID(_ number: Int) -> (high: UInt64, low: UInt64) {
    let place = HashSeed.mix(seed ^ 0x6D65_7373) &+ UInt64(number) &* 2
    return (
      HashSeed.mix(place) & ~0xF000 | 0x4000, HashSeed.mix(place &+ 1) >> 2 | 1 << 63
    )
  }

  /// Appends the event and a line feed.
  mutating func append(_ step: Step, to text: inout ByteWriter) {
    let person = Person(step.person, seed: seed)
    var random = SeededRandom(seed: HashSeed.mix(seed &+ 1) ^ UInt64(step.number))
    text.append(#"{"type":""#)
    text.append(step.happening.type)
    if let name = step.happening.eventName {
      text.append(#"","event":""#)
      text.append(name)
    }
    if step.happening == .page || step.happening == .screen {
      text.append(#"","name":""#)
      text.append(random.element(of: Vocabulary.sections))
    }
    text.append(#"","messageId":""#)
    text.uuid(messageID(step.number))
    if step.device > 0 {
      text.append(#"","anonymousId":""#)
      text.hexadecimal(person.anonymousID(step.device), digits: 16)
    }
    if step.carriesUser {
      text.append(#"","userId":""#)
      text.userID(person)
    }
    if step.happening == .grouped {
      text.append(#"","groupId":""#)
      text.accountID(step.account ?? 0)
    }
    text.append(#"","timestamp":""#)
    text.instant(step.time)
    text.append(#"","context":{"#)
    if step.device > 0 {
      appendBrowser(step, person, &random, to: &text)
    } else {
      appendServer(step, person, &random, to: &text)
    }
    switch step.happening {
    case .identified, .newsletter:
      text.append(#"},"traits":{"#)
      text.personTraits(person, isFull: step.carriesUser)
    case .grouped:
      text.append(#"},"traits":{"#)
      text.accountTraits(step.account ?? 0)
    default:
      text.append(#"},"properties":{"#)
      text.properties(of: step, person, &random)
    }
    text.append("}}\n")
  }

  private mutating func appendBrowser(
    _ step: Step, _ person: Person, _ random: inout SeededRandom, to text: inout ByteWriter
  ) {
    while contexts.count <= step.slot { contexts.append(Context()) }
    if contexts[step.slot].session != step.session {
      contexts[step.slot] = Context(session: step.session, bytes: browser(step, person))
    }
    text.append(contexts[step.slot].bytes)
    if let account = step.account, step.happening != .grouped {
      text.append(#","groupId":""#)
      text.accountID(account)
      text.append(#"""#)
    }
    text.append(#","rtt":"#)
    text.decimal(random.below(1000))
    text.append(#","page":{"path":""#)
    text.append(random.element(of: Vocabulary.paths))
    text.append(#"","referrer":""#)
    text.append(random.element(of: Vocabulary.referrers))
    text.append(#""}"#)
  }

  private func browser(_ step: Step, _ person: Person) -> [UInt8] {
    var random = SeededRandom(seed: HashSeed.mix(seed &+ 2) ^ step.session)
    var text = ByteWriter(capacity: 400)
    let agent = person.pick(UInt64(10 + step.device), below: Vocabulary.agents.count)
    let place = person.pick(6, below: Vocabulary.locales.count)
    text.append(#""ip":"10."#)
    for part in 0..<3 {
      if part > 0 { text.append(".") }
      text.decimal(random.below(256))
    }
    text.append(#"","userAgent":""#)
    text.append(Vocabulary.agents[agent])
    text.append(#"","locale":""#)
    text.append(Vocabulary.locales[place])
    text.append(#"","zone":"#)
    text.decimal(60 * (place % 4))
    text.append(#","library":{"name":"web","version":"2.11."#)
    text.decimal(random.below(4))
    text.append(#""},"screen":{"#)
    text.append(Vocabulary.screens[person.pick(UInt64(20 + step.device), below: 6)])
    text.append(#"},"campaign":{"#)
    text.append(random.element(of: Vocabulary.campaigns))
    text.append(#"},"sid":""#)
    text.hexadecimal(random.next(), digits: 14)
    text.append(#"""#)
    return text.bytes
  }

  private func appendServer(
    _ step: Step, _ person: Person, _ random: inout SeededRandom, to text: inout ByteWriter
  ) {
    let place = person.pick(6, below: Vocabulary.locales.count)
    text.append(#""library":{"name":"node","version":"2.1.3"},"ip":"10.0.0."#)
    text.decimal(random.below(16))
    text.append(#"","locale":""#)
    text.append(Vocabulary.locales[place])
    text.append(#"","zone":"#)
    text.decimal(60 * (place % 4))
    text.append(#","app":{"name":"backend","version":"3.18.0"},"os":"linux""#)
    if let account = step.account {
      text.append(#","groupId":""#)
      text.accountID(account)
      text.append(#"""#)
    }
    if step.carriesEmail {
      text.append(#","traits":{"email":""#)
      text.email(person)
      text.append(#"","locale":""#)
      text.append(Vocabulary.locales[place])
      text.append(#""}"#)
    }
    text.append(#","trace":{"id":""#)
    text.hexadecimal(random.next(), digits: 16)
    text.append(#"","region":"eu-1","host":"w"#)
    text.decimal(random.below(24))
    text.append(#"","sampled":false,"span":""#)
    text.hexadecimal(random.next(), digits: 8)
    text.append(#"","shard":"#)
    text.decimal(random.below(64))
    text.append("}")
  }
}
