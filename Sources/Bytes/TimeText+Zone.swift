// What stands after a time: how far its clock was from UTC, and names of zones that say no more.

extension TextCursor {
  /// Reads everything after a time of day.
  ///
  /// - Parameter offset: Set to how far the clock is east of UTC in milliseconds; nil if nothing says it.
  /// - Returns: false if what comes next is not an offset, or a zone without one.
  @_lifetime(self: copy self)
  mutating func zone(_ zoneOffset: inout Int64?) -> Bool {
    zoneOffset = nil
    var isNamed = false
    skipBlanks()
    if isAtSign {
      guard let read = signedOffset() else { return false }
      zoneOffset = read
    } else if let byte = next, Self.isLetter(byte) {
      guard let read = universalTime() else { return false }
      zoneOffset = read
      isNamed = true
    }
    return zoneNames(&zoneOffset, isNamed: isNamed)
  }

  /// `Z`, `UTC`, `GMT` or `UT`, the last three perhaps with an offset right after them.
  @_lifetime(self: copy self)
  mutating func universalTime() -> Int64? {
    guard let word = word() else { return nil }
    if word == Self.word("z") { return 0 }
    guard word == Self.word("utc") || word == Self.word("gmt") || word == Self.word("ut") else {
      return nil
    }
    return isAtSign ? signedOffset() : 0
  }

  /// Skips names after an offset: an abbreviation (Go writes `+0100 CET`, and what its monotonic clock
  /// said), a comment in parentheses, suffixes in brackets (RFC 9557).
  @_lifetime(self: copy self)
  mutating func zoneNames(_ zoneOffset: inout Int64?, isNamed: Bool) -> Bool {
    var isNamed = isNamed
    while skipBlanks() || next == UInt8(ascii: "[") || next == UInt8(ascii: "(") {
      switch next {
      case UInt8(ascii: "[")?:
        guard suffix(&zoneOffset) else { return false }
      case UInt8(ascii: "(")? where zoneOffset != nil:
        guard skip(through: UInt8(ascii: ")")) else { return false }
      case UInt8(ascii: "m")? where zoneOffset != nil && peek(1) == UInt8(ascii: "="):
        offset = text.byteCount
      case let byte? where zoneOffset != nil && (Self.isLetter(byte) || isAtSign):
        // After `Z`, `UTC` or one name, another would be some other word.
        guard !isNamed, abbreviation() else { return false }
        isNamed = true
      case nil: return true
      default: return false
      }
    }
    return true
  }

  /// The name of a zone as clocks print it: three to five capital letters, the last of them a T except for a few, or a
  /// sign and digits where it has no name.
  @_lifetime(self: copy self)
  private mutating func abbreviation() -> Bool {
    if isAtSign { return signedOffset() != nil }
    let start = offset
    guard word() != nil, (3...5).contains(offset - start) else { return false }
    for index in start..<offset where text[index] & 0x20 != 0 { return false }
    if text[offset - 1] == UInt8(ascii: "T") { return true }
    let name = text.extracting(start..<offset)
    for other: StaticString in ["UTC", "MSK", "MSD", "WIB", "WITA"]
    where Self.isSame(name, other) { return true }
    return false
  }

  /// One suffix in brackets: a zone, or `key=value`.
  ///
  /// The offset of the text wins; without one, only the names of UTC say what it was.
  @_lifetime(self: copy self)
  private mutating func suffix(_ zoneOffset: inout Int64?) -> Bool {
    var start = offset + 1
    guard skip(through: UInt8(ascii: "]")), offset - start > 1 else { return false }
    guard zoneOffset == nil else { return true }
    if text[start] == UInt8(ascii: "!") { start += 1 }
    let content = text.extracting(start..<(offset - 1))
    var isZone = true
    for index in 0..<content.byteCount where content[index] == UInt8(ascii: "=") { isZone = false }
    guard isZone else { return true }
    for name: StaticString in ["utc", "etc/utc", "gmt", "etc/gmt", "z"] {
      guard Self.isSame(content, name) else { continue }
      zoneOffset = 0
      return true
    }
    return false
  }

  private static func isSame(_ text: RawSpan, _ name: StaticString) -> Bool {
    guard text.byteCount == name.utf8CodeUnitCount else { return false }
    return name.withUTF8Buffer { name in
      for index in name.indices where text[index] | 0x20 != name[index] | 0x20 { return false }
      return true
    }
  }

  /// Skips everything up to and with a byte; false if it does not come.
  @_lifetime(self: copy self)
  private mutating func skip(through byte: UInt8) -> Bool {
    while let next {
      offset += 1
      if next == byte { return true }
    }
    return false
  }
}
