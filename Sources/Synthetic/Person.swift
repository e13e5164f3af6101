// What is fixed about a synthetic person, and what the events so far have shown of them. The second
// part is the truth that an identity graph has to find.

import Bytes

/// The identifiers that a person can be seen by.
enum Handle {
  static let user = 0
  static let email = 1
  /// The handle of a device, 1 to 4.
  static func device(_ number: Int) -> Int { 1 + number }
  static let count = 6
}

/// What is fixed about a person: follows from the seed and the person's number alone.
struct Person {
  static let devicesMax = 4
  let number: Int
  private let hash: UInt64

  init(_ number: Int, seed: UInt64) {
    self.number = number
    hash = HashSeed.mix(HashSeed.mix(seed) ^ UInt64(number))
  }

  /// An independent number from 0 to `bound` - 1 for each `topic`.
  func pick(_ topic: UInt64, below bound: Int) -> Int {
    let mixed = HashSeed.mix(hash &+ topic &* 0x9E37_79B9_7F4A_7C15)
    return Int(truncatingIfNeeded: mixed.multipliedFullWidth(by: UInt64(bound)).high)
  }

  /// Whether the person signs up one day; the others stay visitors.
  var signsUp: Bool { pick(1, below: 100) < 60 }

  /// 1 to 4: 55, 27, 12 and 6 percent.
  var devices: Int {
    switch pick(2, below: 100) {
    case ..<55: 1
    case ..<82: 2
    case ..<94: 3
    default: 4
    }
  }

  /// The hexadecimal digits of a device's anonymous id.
  func anonymousID(_ device: Int) -> UInt64 { HashSeed.mix(hash ^ UInt64(device) << 56) }

  /// The account that the person works for, as a number; nil for four of five.
  func account(of accounts: Int) -> Int? {
    pick(3, below: 5) == 0 ? pick(4, below: accounts) : nil
  }
}

/// What the events so far have shown of a person.
struct Sightings {
  /// For each handle, in four bits, the least handle that it is known to belong together with.
  private var groups: UInt32 = 0x54_3210
  /// A bit for each device that the person is signed in on.
  var signedIn: UInt8 = 0
  var ticketsOpened: UInt8 = 0
  var ticketsResolved: UInt8 = 0
  /// Whether an event named the user id.
  var isUser = false

  /// The least handle that `handle` is known to belong together with, itself perhaps.
  func group(of handle: Int) -> Int { Int(groups >> UInt32(handle * 4) & 0xF) }

  /// Notes that one event carried both handles.
  mutating func join(_ a: Int, _ b: Int) {
    let kept = min(group(of: a), group(of: b))
    let gone = max(group(of: a), group(of: b))
    guard kept != gone else { return }
    for handle in 0..<Handle.count where group(of: handle) == gone {
      groups = groups & ~(0xF << UInt32(handle * 4)) | UInt32(kept) << UInt32(handle * 4)
    }
  }
}
