// Texts that are numbers in disguise: half their length, or less, if they are stored as such.

/// Reads and writes the texts that packed events have as loose bytes.
enum PackedText {
  /// The shortest text that stands for bytes.
  static let lengthMin = 7

  /// Whether a text of which eight bytes can be read may stand for bytes; most others are recognised here.
  @inline(__always)
  static func mayStandForBytes(_ text: UnsafeRawPointer, _ count: Int) -> Bool {
    guard count >= lengthMin else { return false }
    let first = word(text, 0)
    if count & 1 == 0, UUIDText.areDigits(first) != 0 { return true }
    // A point after one, two or three digits.
    let points = (first ^ 0x2E2E_2E00) & 0xFFFF_FFFF | ~0xFFFF_FFFF
    return (points &- 0x0101_0100) & ~points & 0x8080_8000 != 0
      && count <= PackedLayout.addressTextMax
  }

  /// Writes the bytes that a text stands for, and returns its tag; nil if it stands for none.
  ///
  /// - Parameters:
  ///   - count: Its length, at least `lengthMin`.
  ///   - loose: Where there is room for half as many bytes and eight.
  @inline(__always)
  static func pack(
    _ text: UnsafeRawPointer, _ count: Int, to loose: UnsafeMutableRawPointer
  ) -> (tag: UInt8, looseCount: Int)? {
    if count & 1 == 0, count >= 8, count <= 2 * PackedLayout.digitPairsMax,
      writeDigits(text, count, to: loose)
    {
      return (PackedLayout.digits &+ UInt8(truncatingIfNeeded: count &>> 1), count &>> 1)
    }
    guard text.load(as: UInt8.self) &- UInt8(ascii: "0") <= 9,
      count <= PackedLayout.addressTextMax, let address = address(text, count)
    else { return nil }
    loose.storeBytes(of: address.littleEndian, as: UInt32.self)
    return (PackedLayout.address, 4)
  }

  /// Writes the bytes that a text of hexadecimal digits stands for.
  ///
  /// - Parameters:
  ///   - count: The digits, an even number of at least eight.
  ///   - out: Where there is room for half as many bytes and eight.
  /// - Returns: Whether all are lower-case digits.
  @inline(__always)
  static func writeDigits(
    _ text: UnsafeRawPointer, _ count: Int, to out: UnsafeMutableRawPointer
  ) -> Bool {
    let first = word(text, 0)
    // Hot: most texts end here.
    guard UUIDText.areDigits(first) != 0 else { return false }
    // The last eight digits, of which the first ones may have been there already.
    let last = word(text, count &- 8)
    guard UUIDText.areDigits(last) != 0 else { return false }
    write(first, to: out, at: 0)
    var place = 8
    while place < count &- 8 {
      let digits = word(text, place)
      guard UUIDText.areDigits(digits) != 0 else { return false }
      write(digits, to: out, at: place)
      place &+= 8
    }
    write(last, to: out, at: count &- 8)
    return true
  }

  @inline(__always)
  private static func write(_ digits: UInt64, to out: UnsafeMutableRawPointer, at place: Int) {
    let value = UInt32(truncatingIfNeeded: UUIDText.value(digits))
    out.storeBytes(of: value.bigEndian, toByteOffset: place &>> 1, as: UInt32.self)
  }

  /// Writes the digits of bytes, two for each.
  ///
  /// - Parameter out: Where there is room for twice as many bytes.
  @inline(__always)
  static func writeText(
    ofDigits bytes: UnsafeRawPointer, _ count: Int, to out: UnsafeMutableRawPointer
  ) {
    for index in 0..<count {
      let byte = bytes.load(fromByteOffset: index, as: UInt8.self)
      let pair = UInt16(digit(byte >> 4)) | UInt16(digit(byte & 15)) << 8
      out.storeBytes(of: pair.littleEndian, toByteOffset: 2 &* index, as: UInt16.self)
    }
  }

  /// The four bytes of an IPv4 address in its canonical form, the first one lowest; nil for any other text.
  @inline(never)
  static func address(_ text: UnsafeRawPointer, _ count: Int) -> UInt32? {
    var (address, at, shift): (UInt32, Int, UInt32) = (0, 0, 0)
    while true {
      guard at < count, var octet = digit(text, at) else { return nil }
      at &+= 1
      if octet > 0, at < count, let second = digit(text, at) {
        octet = octet &* 10 &+ second
        at &+= 1
        if at < count, let third = digit(text, at) {
          octet = octet &* 10 &+ third
          at &+= 1
          guard octet <= 255 else { return nil }
        }
      }
      address |= octet &<< shift
      if shift == 24 { return at == count ? address : nil }
      guard at < count, text.load(fromByteOffset: at, as: UInt8.self) == UInt8(ascii: ".") else {
        return nil
      }
      at &+= 1
      shift &+= 8
    }
  }

  @inline(__always)
  private static func digit(_ text: UnsafeRawPointer, _ offset: Int) -> UInt32? {
    let digit = text.load(fromByteOffset: offset, as: UInt8.self) &- UInt8(ascii: "0")
    return digit <= 9 ? UInt32(digit) : nil
  }

  /// Writes the text of an address, of at most `PackedLayout.addressTextMax` bytes; returns its length.
  static func writeText(ofAddress address: UInt32, to out: UnsafeMutableRawPointer) -> Int {
    var count = 0
    func put(_ byte: UInt8) {
      out.storeBytes(of: byte, toByteOffset: count, as: UInt8.self)
      count += 1
    }
    for place in 0..<4 {
      let octet = UInt8(truncatingIfNeeded: address >> UInt32(8 * place))
      if place > 0 { put(UInt8(ascii: ".")) }
      if octet >= 100 { put(UInt8(ascii: "0") + octet / 100) }
      if octet >= 10 { put(UInt8(ascii: "0") + octet / 10 % 10) }
      put(UInt8(ascii: "0") + octet % 10)
    }
    return count
  }

  @inline(__always)
  private static func digit(_ value: UInt8) -> UInt8 {
    value < 10 ? UInt8(ascii: "0") &+ value : UInt8(ascii: "a") &+ value &- 10
  }

  @inline(__always)
  private static func word(_ text: UnsafeRawPointer, _ offset: Int) -> UInt64 {
    UInt64(littleEndian: text.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
  }
}
