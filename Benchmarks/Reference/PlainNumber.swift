// Exact decimals, written a second time: whole billionths in 128 bits.

/// Arithmetic over whole billionths.
public enum PlainNumber {
  /// One, in billionths.
  public static let one: Int128 = 1_000_000_000

  /// Into how many parts a billionth is cut for numbers with more digits: 15 after the point, which is as
  /// many as occur.
  public static let fineness: Int128 = 1_000_000

  /// What a text comes to as a number.
  public enum Reading: Equatable, Sendable {
    /// So many billionths, exactly.
    case exact(Int128)
    /// A number with more digits after the point, in parts of a billionth: so many `fineness`ths.
    case fine(Int128)
    /// No number.
    case word
  }

  /// Reads digits with an optional sign and an optional fraction.
  public static func read(_ text: String) -> Reading {
    var rest = Substring(text)
    let isNegative = rest.first == "-"
    if isNegative { rest = rest.dropFirst() }
    let parts = rest.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count <= 2, !parts[0].isEmpty, parts.last?.isEmpty == false,
      parts.allSatisfy({ $0.utf8.allSatisfy { (0x30...0x39).contains($0) } })
    else { return .word }
    var fraction = parts.count == 2 ? String(parts[1]) : ""
    while fraction.hasSuffix("0") { fraction.removeLast() }
    let isFine = fraction.utf8.count > 9
    let places = isFine ? 15 : 9
    precondition(fraction.utf8.count <= places, "a number with more digits than occur")
    fraction += String(repeating: "0", count: places - fraction.utf8.count)
    let unit = isFine ? one * fineness : one
    let size = (Int128(parts[0]) ?? 0) * unit + (Int128(fraction) ?? 0)
    let number = isNegative ? -size : size
    return isFine ? .fine(number) : .exact(number)
  }

  /// The shortest plain text of a number.
  public static func text(_ number: Int128) -> String {
    let size = number.magnitude
    let whole = String(size / UInt128(one))
    var fraction = String(String(size % UInt128(one) + UInt128(one)).dropFirst())
    while fraction.hasSuffix("0") { fraction.removeLast() }
    return (number < 0 ? "-" : "") + whole + (fraction.isEmpty ? "" : "." + fraction)
  }

  /// a / b as a whole number, the even one of two that are equally near.
  public static func nearest(_ a: Int128, over b: Int128) -> Int128 {
    let quotient = a / b
    let twice = (a % b).magnitude * 2
    let isUp = twice > b.magnitude || (twice == b.magnitude && quotient % 2 != 0)
    return isUp ? quotient + ((a < 0) == (b < 0) ? 1 : -1) : quotient
  }

  /// A number in parts of a billionth as whole billionths, rounded.
  public static func rounded(_ fine: Int128) -> Int128 { nearest(fine, over: fineness) }

  /// The quotient of two numbers; nil over zero.
  public static func quotient(_ a: Int128?, _ b: Int128?) -> Int128? {
    guard let a, let b, b != 0 else { return nil }
    return nearest(a * one, over: b)
  }

  /// The product of two numbers.
  public static func product(_ a: Int128?, _ b: Int128?) -> Int128? {
    guard let a, let b else { return nil }
    return nearest(a * b, over: one)
  }

  /// A whole number.
  public static func whole(_ value: Int) -> Int128 { Int128(value) * one }
}
