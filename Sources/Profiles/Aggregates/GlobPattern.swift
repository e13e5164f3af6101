// Patterns of characters, as file names have them.

import Bytes

/// A pattern: `*` any characters, `?` one, `[a-z]` one of these, `\` takes the next as it is.
package struct GlobPattern: Hashable, Sendable {
  private enum Part: Hashable, Sendable {
    case any
    case one
    case scalar(UInt32)
    case among([ClosedRange<UInt32>], isNegated: Bool)
  }

  private let parts: [Part]

  /// Reads a pattern from UTF-8.
  ///
  /// Every text is one: a `[` without an end stands for itself.
  package init(_ text: [UInt8]) {
    let scalars = String(decoding: text, as: UTF8.self).unicodeScalars.map(\.value)
    var parts: [Part] = []
    var index = 0
    while index < scalars.count {
      let scalar = scalars[index]
      index += 1
      switch scalar {
      case 0x2A: if parts.last != .any { parts.append(.any) }
      case 0x3F: parts.append(.one)
      case 0x5C where index < scalars.count:
        parts.append(.scalar(scalars[index]))
        index += 1
      case 0x5B:
        if let part = Self.among(scalars, &index) { parts.append(part) } else { fallthrough }
      default: parts.append(.scalar(scalar))
      }
    }
    self.parts = parts
  }

  /// Reads what stands between `[` and `]`.
  private static func among(_ scalars: [UInt32], _ index: inout Int) -> Part? {
    var place = index
    let isNegated = place < scalars.count && [0x21, 0x5E].contains(scalars[place])
    if isNegated { place += 1 }
    var ranges: [ClosedRange<UInt32>] = []
    while place < scalars.count, scalars[place] != 0x5D || ranges.isEmpty {
      var low = scalars[place]
      if low == 0x5C, place + 1 < scalars.count {
        place += 1
        low = scalars[place]
      }
      place += 1
      var high = low
      if place + 1 < scalars.count, scalars[place] == 0x2D, scalars[place + 1] != 0x5D {
        high = scalars[place + 1]
        place += 2
      }
      ranges.append(min(low, high)...max(low, high))
    }
    guard place < scalars.count else { return nil }
    index = place + 1
    return .among(ranges, isNegated: isNegated)
  }

  /// Whether the whole text fits, which is UTF-8; bytes that are none fit only `*` and `?`.
  ///
  /// Complexity: O(n · m) at worst; no allocation, no recursion.
  package func matches(_ text: RawSpan) -> Bool {
    var (part, index) = (0, 0)
    var star: (part: Int, index: Int)?
    while index < text.byteCount {
      let (scalar, length) = text.scalar(at: index)
      if part < parts.count, parts[part] == .any {
        star = (part, index)
        part += 1
      } else if part < parts.count, fits(parts[part], scalar) {
        part += 1
        index += length
      } else if let last = star {
        let next = last.index + text.scalar(at: last.index).length
        star = (last.part, next)
        part = last.part + 1
        index = next
      } else {
        return false
      }
    }
    return parts[part...].allSatisfy { $0 == .any }
  }

  private func fits(_ part: Part, _ scalar: UInt32) -> Bool {
    switch part {
    case .any: false
    case .one: true
    case .scalar(let other): scalar == other
    case .among(let ranges, let isNegated):
      ranges.contains { $0.contains(scalar) } != isNegated
    }
  }
}

extension RawSpan {
  /// The character that begins at a place, and its bytes; bytes that are not UTF-8 count as one
  /// byte without a character.
  fileprivate func scalar(at index: Int) -> (value: UInt32, length: Int) {
    let first = self[index]
    let length = first < 0x80 ? 1 : first < 0xC0 ? 0 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4
    guard length > 0, index + length <= byteCount else { return (.max, 1) }
    if length == 1 { return (UInt32(first), 1) }
    var value = UInt32(first & (0x7F >> UInt8(length)))
    for next in (index + 1)..<(index + length) {
      guard self[next] & 0xC0 == 0x80 else { return (.max, 1) }
      value = value << 6 | UInt32(self[next] & 0x3F)
    }
    return (value, length)
  }
}
