// Makes generated events rougher, since the generator's are clean: times at midnight, so that several are
// equal and windows end on them; amounts in quotes, null or no numbers; currencies of every kind; lists;
// traits that are taken away. What is done to a line follows from its message id, so that a repetition
// stays one.

import Glibc

/// Changes lines of generated events here and there.
public struct RoughLines {
  private var line: [UInt8] = []

  /// Makes one.
  public init() {}

  /// Appends the lines of `piece`, changed.
  public mutating func append(_ piece: ArraySlice<UInt8>, to bytes: inout [UInt8]) {
    piece.withUnsafeBufferPointer { piece in
      var start = 0
      while let end = piece.lineEnd(from: start) {
        line = Array(piece[start..<end])
        line.append(0)
        change()
        line[line.count - 1] = 0x0A
        bytes.append(contentsOf: line)
        start = end + 1
      }
    }
  }

  private mutating func change() {
    guard let id = find(#""messageId":""#) else { return }
    // The last digits of the id are random.
    let dice = hexadecimal(id.upperBound + 34..<id.upperBound + 36)
    let other = hexadecimal(id.upperBound + 32..<id.upperBound + 34)
    if dice % 2 == 0 { changeTime(dice / 2) }
    if find(#""revenue":"#) != nil { changeOrder(other) }
    if find(#""plan":""#) != nil, other % 4 == 0 { changeValue("plan", to: "null") }
    if find(#""plan":""#) != nil, other % 4 == 1 { changeValue("plan", to: #""business""#) }
  }

  /// Midnights, in UTC and elsewhere.
  private mutating func changeTime(_ dice: Int) {
    guard let time = find(#""timestamp":""#) else { return }
    let times = ["00:00:00.000", "00:00:00.000", "23:00:00.000", "22:00:00.000", "05:00:00.000"]
    let place = time.upperBound + 11
    line.replaceSubrange(place..<(place + 12), with: times[dice % times.count].utf8)
  }

  private mutating func changeOrder(_ dice: Int) {
    switch dice % 20 {
    case 0: quote("revenue")
    case 1: changeValue("revenue", to: "null")
    case 2: changeValue("revenue", to: #""free""#)
    case 3: changeValue("revenue", to: "1.0000000001")
    case 4: changeValue("currency", to: #""eur""#)
    case 5: changeValue("currency", to: #""EURO""#)
    case 6: changeValue("currency", to: "null")
    case 7, 8: changeValue("currency", to: #""EUR""#)
    case 9: changeValue("items", to: "3.0")
    case 10: quote("items")
    case 11: changeValue("coupon", to: #"["vip","new"]"#)
    case 12: changeValue("coupon", to: #""TEST""#)
    case 13: changeValue("coupon", to: #"["new"]"#)
    case 14: changeValue("coupon", to: #""vip9""#)
    case 15: changeValue("revenue", to: "-20.5")
    case 16: changeValue("revenue", to: "183.60000000000002")
    case 17: changeValue("revenue", to: #""-0.30000000000004""#)
    default: break
    }
  }

  private mutating func quote(_ key: String) {
    guard let value = value(key) else { return }
    line.replaceSubrange(value, with: [0x22] + line[value] + [0x22])
  }

  private mutating func changeValue(_ key: String, to text: String) {
    if let value = value(key) { line.replaceSubrange(value, with: text.utf8) }
  }

  /// Where the value of a key is, which is a text or a number.
  private func value(_ key: String) -> Range<Int>? {
    guard let found = find("\"\(key)\":") else { return nil }
    var end = found.upperBound + 1
    while line[end] != 0x2C, line[end] != 0x7D { end += 1 }
    return found.upperBound..<end
  }

  private func hexadecimal(_ range: Range<Int>) -> Int {
    range.reduce(0) { $0 * 16 + Int(line[$1] < 0x3A ? line[$1] - 0x30 : line[$1] - 0x57) }
  }

  private func find(_ text: String) -> Range<Int>? {
    line.withUnsafeBytes { line in
      // The line ends with a zero.
      let base = line.bindMemory(to: CChar.self).baseAddress
      guard let base, let found = strstr(base, text) else { return nil }
      let start = UnsafePointer(base).distance(to: UnsafePointer(found))
      return start..<(start + text.utf8.count)
    }
  }
}

extension UnsafeBufferPointer<UInt8> {
  /// The place of the next line feed; quick without an optimizer, too.
  func lineEnd(from start: Int) -> Int? {
    guard start < count, let base = baseAddress,
      let found = memchr(base + start, 0x0A, count - start)
    else { return nil }
    return base.distance(to: found.assumingMemoryBound(to: UInt8.self))
  }
}
