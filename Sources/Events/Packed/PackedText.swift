// Texts that are numbers in disguise: half their length, or less, if they are stored as such.

/// Reads and writes the texts that packed events have as loose bytes.
enum PackedText {
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
    var digits = word(text, 0)
    var (start, place) = (0, 8)
    // Hot: most texts end here.
    guard UUIDText.areDigits(digits) != 0 else { return false }
    while true {
      let value = UInt32(truncatingIfNeeded: UUIDText.value(digits))
      out.storeBytes(of: value.bigEndian, toByteOffset: start &>> 1, as: UInt32.self)
      if place >= count { return true }
      // The last eight digits again, of which the first ones may be there already.
      start = min(place, count &- 8)
      digits = word(text, start)
      guard UUIDText.areDigits(digits) != 0 else { return false }
      place &+= 8
    }
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
    var (address, octet, digits, dots): (UInt32, UInt32, UInt32, UInt32) = (0, 0, 0, 0)
    for index in 0..<count {
      let byte = text.load(fromByteOffset: index, as: UInt8.self)
      let digit = UInt32(byte &- UInt8(ascii: "0"))
      if digit <= 9 {
        // No zero before another digit.
        guard digits == 0 || octet > 0 else { return nil }
        octet = octet &* 10 &+ digit
        digits &+= 1
        guard octet <= 255 else { return nil }
      } else {
        guard byte == UInt8(ascii: "."), digits > 0, dots < 3 else { return nil }
        address |= octet &<< (8 &* dots)
        (octet, digits, dots) = (0, 0, dots &+ 1)
      }
    }
    return dots == 3 && digits > 0 ? address | octet &<< 24 : nil
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
