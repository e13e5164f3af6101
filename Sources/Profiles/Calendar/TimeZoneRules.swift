// The offset of a time zone at every instant. The rules are a value made from a zone file's bytes, so
// that a definition can carry them through the log to another machine.

import Bytes

/// The rules of one time zone.
///
/// Two are equal if their names and offsets are the same at every instant that their files tell of.
public final class TimeZoneRules: Sendable {
  /// The IANA name, such as `Europe/Berlin`.
  public let name: String
  /// The zone file that they were made from; empty for UTC.
  public let data: [UInt8]
  /// The instants at which the offset changes, in milliseconds, ascending.
  private let transitions: [Int64]
  /// The offset before the first transition, then after each, in milliseconds east of UTC.
  private let offsets: [Int64]
  /// What holds after the last transition.
  private let tail: PosixTimeRule?

  /// Coordinated universal time.
  public static let utc = TimeZoneRules()

  /// The largest zone file that is read; those of today have up to 4 KiB.
  public static let byteCountMax = 65_536

  private init() {
    name = "UTC"
    data = []
    transitions = []
    offsets = [0]
    tail = nil
  }

  /// Reads the bytes of a zone file.
  ///
  /// - Throws: `DecodeError` if they are not a zone file of version 2 or later, or have leap seconds.
  public init(name: String, data: [UInt8]) throws(DecodeError) {
    let file = try ZoneFile(data.span.bytes)
    self.name = name
    self.data = data
    transitions = file.transitions
    offsets = file.offsets
    tail = file.tail
  }

  /// The offset at an instant and the instant at which it ends, both in milliseconds.
  ///
  /// Complexity: O(log transitions).
  func offset(at instant: Int64) -> (offset: Int64, end: Int64?) {
    var low = 0
    var high = transitions.count
    while low < high {
      let middle = (low + high) / 2
      if transitions[middle] <= instant { low = middle + 1 } else { high = middle }
    }
    if low < transitions.count { return (offsets[low], transitions[low]) }
    guard let tail else { return (offsets[low], nil) }
    return tail.offset(at: instant, after: transitions.last, before: offsets[low])
  }

  /// The date of an instant in this zone, as days since 1970-01-01.
  func localDays(at instant: Timestamp) -> Int64 {
    let local = instant.milliseconds + offset(at: instant.milliseconds).offset
    return local.floorDivided(by: Self.day)
  }

  /// The first instant of a date, given as days since 1970-01-01.
  func start(ofDays days: Int64) -> Timestamp { instant(ofLocal: days * Self.day) }

  /// The first instant at which the clock shows a time or a later one, given in milliseconds since it
  /// showed 1970-01-01T00:00.
  ///
  /// Where the clock jumps over that time, it is the instant of the jump; where the time comes twice, the
  /// first of the two.
  func instant(ofLocal local: Int64) -> Timestamp {
    // No offset is larger than 26 hours: the search begins before the time everywhere.
    var from = local - 26 * 3_600_000
    while true {
      let (offset, end) = offset(at: from)
      let candidate = max(from, local - offset)
      guard let end, candidate >= end else { return Timestamp(milliseconds: candidate) }
      from = end
    }
  }

  private static let day: Int64 = 86_400_000

  /// What tells these rules apart from others of the same name, in 16 hexadecimal digits.
  public var digest: String {
    let data = data
    let digits = String(Checksum.of(data.span.bytes), radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}

extension TimeZoneRules: Hashable {
  /// Whether both are the same rules under the same name.
  public static func == (a: TimeZoneRules, b: TimeZoneRules) -> Bool {
    a === b
      || a.name == b.name && a.transitions == b.transitions && a.offsets == b.offsets
        && a.tail == b.tail
  }

  /// Hashes the name.
  public func hash(into hasher: inout Hasher) { hasher.combine(name) }
}

extension Int64 {
  /// The quotient rounded towards the past.
  func floorDivided(by divisor: Int64) -> Int64 {
    let (quotient, rest) = quotientAndRemainder(dividingBy: divisor)
    return rest < 0 ? quotient - 1 : quotient
  }
}

/// Where definitions get time zones from, by name.
public struct TimeZones: Sendable {
  private let find: @Sendable (String) -> TimeZoneRules?

  /// Looks zones up with `find`, which gives nil for a name that it does not know.
  public init(_ find: @escaping @Sendable (String) -> TimeZoneRules?) { self.find = find }

  /// Only UTC.
  public static let utcOnly = TimeZones { _ in nil }

  /// These zones and UTC.
  public init(_ zones: [TimeZoneRules]) {
    self.init { name in zones.first { $0.name == name } }
  }

  /// The rules of the zone of this name; nil if it is unknown.
  public func zone(named name: String) -> TimeZoneRules? {
    name == "UTC" ? .utc : find(name)
  }

  /// The names of zones that the text of a definition mentions, each once, in the order of the text.
  ///
  /// Zones stand after `in`, where everything else that may is a list.
  public static func names(in text: String) -> [String] {
    guard let tokens = try? Lexer.tokens(of: text) else { return [] }
    var names: [String] = []
    for (word, next) in zip(tokens, tokens.dropFirst()) where word.kind == .name("in") {
      guard case .string(let name) = next.kind, isValid(name), !names.contains(name) else {
        continue
      }
      names.append(name)
    }
    return names
  }

  /// Whether a name can be that of a zone: it becomes part of a file's path.
  public static func isValid(_ name: String) -> Bool {
    let parts = name.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    return name.utf8.count <= 64 && parts.count <= 4
      && parts.allSatisfy { part in
        !part.isEmpty
          && part.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte)
              || (0x61...0x7A).contains(byte) || "+-_".utf8.contains(byte)
          }
      }
  }
}
