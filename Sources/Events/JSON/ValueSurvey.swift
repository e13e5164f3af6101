// The first look at a value: what it is, where it ends, and what its items inherit.

import Bytes

/// What a value has turned out to be.
struct ValueSurvey {
  /// What it is.
  var kind = ValueScanner.Kind.event
  /// Where it ends; nil if it is broken or has not been read to its end.
  var end: LinePosition?
  /// Where it stops being JSON.
  var fault: ValueScanner.Fault?
  /// What its items inherit.
  var members: [(member: BodyMember, text: [UInt8])] = []
  /// Whether one of these is too long to be held.
  var hasLongMember = false
  /// Where a key stands that has a meaning and has been there before, in bytes from the start of the value; nil if
  /// there is none.
  var repeatedKey: Int? { scanner.repeatedKey.map { $0 - scanner.start.offset } }

  private var scanner: ValueScanner
  private var type: [UInt8]?
  private let listBytesMax: Int

  init(at position: LinePosition, limits: EventLimits) {
    scanner = ValueScanner(at: position, takesItems: false, limits: limits)
    listBytesMax = limits.lineBytesMax
  }

  /// Surveys a value that is in memory.
  init(of text: RawSpan, limits: EventLimits) {
    self.init(at: .start, limits: limits)
    _ = take(text, 0)
  }

  /// Where the value has been read up to.
  var position: LinePosition { scanner.position }

  /// Whether the value is too long for an event and has shown no sign of a batch for so long that it is given
  /// up: nothing of it will be asked for again.
  var isGivenUp: Bool {
    kind == .event && scanner.position.offset - scanner.start.offset > 16 * listBytesMax
  }

  /// Looks at the next bytes of the value; false once there is no need for more.
  ///
  /// A list is not followed beyond what could be kept in one piece: its items inherit nothing.
  mutating func take(_ block: RawSpan, _ start: Int) -> Bool {
    var index = start
    do throws(ValueScanner.Fault) {
      while let piece = try scanner.next(block, &index) {
        switch piece {
        case .member(.type, let text): type = text
        case .member(let member, let text?): members.append((member, text))
        case .member(_, nil): hasLongMember = true
        case .item, .longItem: break
        case .end:
          kind = scanner.kind(type: type)
          end = scanner.position
          return false
        }
      }
    } catch {
      fault = error
      kind = scanner.kind(type: type)
      return false
    }
    kind = scanner.kind(type: type)
    return kind != .list || scanner.position.offset - scanner.start.offset <= listBytesMax
  }

  /// Says that the input ends here.
  mutating func finish() { if end == nil, fault == nil { fault = scanner.truncated } }
}
