// What a line is that is not an event: the parser of lines asks only then, so that usual lines pay nothing.

import Bytes

/// Tells lines that the parser of lines should leave to the reader of values.
enum LineShape {
  /// What a line holds.
  enum Shape: Equatable {
    /// One whole object.
    case event
    /// One whole body or list.
    case many
    /// Whole values, one after the other.
    case several
    /// A batch or list that is broken, or a whole value with a broken one after it.
    case partlyBroken
    /// The beginning of a value that further lines may complete.
    case open
    /// Something else: not JSON, as far as can be seen.
    case broken
  }

  /// Whether a line is a batch, a list, more than one value, or the beginning of one.
  ///
  /// - Complexity: O(bytes).
  static func isOther(_ line: RawSpan, limits: EventLimits) -> Bool {
    switch of(line, limits: limits) {
    case .many, .several, .partlyBroken, .open: true
    case .event, .broken: false
    }
  }

  static func of(_ line: RawSpan, limits: EventLimits) -> Shape {
    var index = 0
    var shape: Shape?
    while true {
      skipBlanks(line, &index)
      guard index < line.byteCount else { return shape ?? .broken }
      guard line[index] == UInt8(ascii: "{") || line[index] == UInt8(ascii: "[") else {
        return shape == .many ? .partlyBroken : .broken
      }
      let one = value(line, &index, limits)
      guard one == .event || one == .many else {
        return one == .broken && shape != nil ? .partlyBroken : one
      }
      shape = shape == nil ? one : .several
    }
  }

  private static func value(_ line: RawSpan, _ index: inout Int, _ limits: EventLimits) -> Shape {
    var scanner = ValueScanner(at: .start, takesItems: false, limits: limits)
    var type: [UInt8]?
    do throws(ValueScanner.Fault) {
      while let piece = try scanner.next(line, &index) {
        if case .member(.type, let text) = piece { type = text }
        guard piece == .end else { continue }
        return scanner.kind(type: type) == .event ? .event : .many
      }
    } catch {
      return scanner.kind(type: type) == .event ? .broken : .partlyBroken
    }
    return .open
  }

  private static func skipBlanks(_ line: RawSpan, _ index: inout Int) {
    while index < line.byteCount {
      if ByteOrderMark.isAt(index, in: line) {
        index += ByteOrderMark.bytes.count
        continue
      }
      let byte = line[index]
      guard byte == 0x20 || byte == 0x09 || byte == 0x0D || byte == 0x0A else { return }
      index += 1
    }
  }
}

extension ValueScanner {
  /// What the value is, given the text of its member `type`: an object that names one of the six calls is
  /// an event, even if it has a list `batch`.
  func kind(type: [UInt8]?) -> Kind {
    guard kind == .body, let type, type.count > 2, type.first == UInt8(ascii: "\"") else {
      return kind
    }
    return EventType(type.span.bytes.extracting(1..<(type.count - 1))) == nil ? .body : .event
  }
}
