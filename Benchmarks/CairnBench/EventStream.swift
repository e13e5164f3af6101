// The synthetic events: a web shop with more page views than orders, a third of the visitors never
// known, a few percent of the events late. About 570 bytes a line.

import Bytes

/// A seeded stream of events of the Segment spec.
struct EventStream {
  private static let start: Int64 = 1_704_067_200_000  // 2024-01-01
  private static let stepMilliseconds = 1_500
  private static let pages = ["/", "/search", "/cart", "/account", "/category/audio", "/help"]
  private static let categories = ["audio", "books", "garden", "kitchen", "sport", "toys"]
  private static let agent =
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0"

  private var random: SeededRandom
  private let people: UInt64
  private let count: Int
  private var index = 0
  private var now = start

  init(seed: UInt64, people: Int, count: Int) {
    random = SeededRandom(seed: seed)
    self.people = UInt64(people)
    self.count = count
  }

  /// Appends the next event and a line feed; false after the last one.
  mutating func appendNext(to bytes: inout [UInt8]) -> Bool {
    guard index < count else { return false }
    index += 1
    now += Int64(random.below(UInt64(2 * Self.stepMilliseconds)))
    // Half of the traffic comes from a tenth of the people.
    let isFrequent = random.below(2) == 0
    let person = random.below(isFrequent ? max(1, people / 10) : people)
    let isLate = random.below(100) < 3
    let time = isLate ? now - Int64(random.below(86_400_000)) : now
    bytes.append(contentsOf: #"{"type":"track","event":"#.utf8)
    let kind = random.below(100)
    let name = kind < 70 ? "Page Viewed" : kind < 92 ? "Product Viewed" : "Order Completed"
    bytes.append(contentsOf: #""\#(name)","messageId":""#.utf8)
    appendUUID(to: &bytes)
    bytes.append(contentsOf: #"","anonymousId":"anon-"#.utf8)
    appendHex(HashSeed.mix(person), digits: 16, to: &bytes)
    if person % 3 != 0, random.below(4) != 0 {
      bytes.append(contentsOf: #"","userId":"user-\#(person)"#.utf8)
    }
    bytes.append(contentsOf: #"","timestamp":""#.utf8)
    Timestamp(milliseconds: time).write(to: &bytes)
    bytes.append(contentsOf: #"","context":{"#.utf8)
    appendContext(to: &bytes)
    bytes.append(contentsOf: #"},"properties":{"#.utf8)
    appendProperties(kind: kind, to: &bytes)
    bytes.append(contentsOf: "}}\n".utf8)
    return true
  }

  private mutating func appendContext(to bytes: inout [UInt8]) {
    let page = Self.pages[Int(random.below(UInt64(Self.pages.count)))]
    let address = "10.\(random.below(256)).\(random.below(256)).\(random.below(256))"
    let context =
      #""ip":"\#(address)","userAgent":"\#(Self.agent)","locale":"en-GB","#
      + #""library":{"name":"analytics.js","version":"4.1.0"},"#
      + #""page":{"path":"\#(page)","url":"https://shop.example.com\#(page)","#
      + #""referrer":"https://www.example.org/"},"timezone":"Europe/London"#
      + #"""#
    bytes.append(contentsOf: context.utf8)
  }

  private mutating func appendProperties(kind: UInt64, to bytes: inout [UInt8]) {
    let category = Self.categories[Int(random.below(UInt64(Self.categories.count)))]
    let cents = 100 + random.below(20_000)
    let price = "\(cents / 100).\(cents / 10 % 10)\(cents % 10)"
    let properties =
      switch kind {
      case ..<70: #""title":"Shop","scroll":\#(random.below(100)),"variant":null"#
      case ..<92:
        #""product_id":"p-\#(random.below(5000))","category":"\#(category)","price":\#(price)"#
      default:
        #""order_id":"o-\#(index)","revenue":\#(price),"currency":"USD","quantity":1"#
      }
    bytes.append(contentsOf: properties.utf8)
  }

  /// A version 4 UUID in canonical lower case.
  private mutating func appendUUID(to bytes: inout [UInt8]) {
    let high = random.next() & ~0xF000 | 0x4000
    let low = random.next() >> 2 | 1 << 63
    appendHex(high >> 32, digits: 8, to: &bytes)
    bytes.append(UInt8(ascii: "-"))
    appendHex(high >> 16, digits: 4, to: &bytes)
    bytes.append(UInt8(ascii: "-"))
    appendHex(high, digits: 4, to: &bytes)
    bytes.append(UInt8(ascii: "-"))
    appendHex(low >> 48, digits: 4, to: &bytes)
    bytes.append(UInt8(ascii: "-"))
    appendHex(low, digits: 12, to: &bytes)
  }

  /// The lowest `digits` hexadecimal digits of `value`.
  private func appendHex(_ value: UInt64, digits: Int, to bytes: inout [UInt8]) {
    for place in (0..<digits).reversed() {
      let digit = UInt8(value >> UInt64(place * 4) & 0xF)
      bytes.append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
    }
  }
}

/// SplitMix64: small, seeded, the same everywhere.
///
/// Source: G. L. Steele, D. Lea, C. H. Flood, Fast Splittable Pseudorandom Number Generators, 2014.
struct SeededRandom {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    return HashSeed.mix(state)
  }

  /// A number from 0 to `bound` - 1, with a bias far below what a benchmark can see.
  mutating func below(_ bound: UInt64) -> UInt64 { next().multipliedFullWidth(by: bound).high }
}
