// From a stream of bytes to whole lines, in bounded memory: what stands between a file or pipe and
// the parse workers.

import Bytes

/// A part of the input, as `LineCutter` gives it out.
public enum InputPiece: Sendable, Equatable {
  /// Whole lines, ready for `EventParser.parse`; only the very last may lack its line feed.
  case lines([UInt8], firstLine: Int, firstOffset: Int)
  /// A line too long to be kept, for `EventParser.reject`.
  case tooLong(line: Int, offset: Int)
}

/// Cuts a stream of bytes into whole lines, numbered and located.
///
/// Holds no more than the longest line that is kept plus what was appended last, whatever the
/// input is.
public struct LineCutter: Sendable {
  private let lineBytesMax: Int
  /// The beginning of a line whose end has not come yet.
  private var pending: [UInt8] = []
  /// The line that begins `pending`, or that is being passed over.
  private(set) var position = LinePosition.start
  /// Whether the present line is too long, and given out as such already.
  private var isPassingOver = false
  /// How far the input has been appended, in bytes from its start.
  private(set) var appendedByteCount: Int

  /// Makes a cutter at the start of a line.
  public init(at position: LinePosition = .start, limits: EventLimits = EventLimits()) {
    lineBytesMax = limits.lineBytesMax
    self.position = position
    appendedByteCount = position.offset
  }

  /// Takes the next bytes of the input, and gives out every line that is complete.
  ///
  /// - Parameter body: Called in the order of the input, twice at most.
  public mutating func append(_ input: RawSpan, _ body: (InputPiece) -> Void) {
    let base = appendedByteCount
    appendedByteCount += input.byteCount
    var start = 0
    if isPassingOver {
      guard let end = ByteSearch.first(0x0A, in: input, from: 0, to: input.byteCount) else {
        return
      }
      start = end + 1
      position = LinePosition(number: position.number + 1, offset: base + start)
      isPassingOver = false
    }
    if let last = ByteSearch.last(0x0A, in: input, from: start, to: input.byteCount) {
      let whole = input.extracting(start..<(last + 1))
      var lines = pending
      pending = []
      lines.append(whole)
      let first = position
      position.number += ByteSearch.count(0x0A, in: whole)
      position.offset = base + last + 1
      start = last + 1
      body(.lines(lines, firstLine: first.number, firstOffset: first.offset))
    }
    pending.append(input.extracting(start..<input.byteCount))
    if pending.count > lineBytesMax {
      pending = []
      isPassingOver = true
      body(.tooLong(line: position.number, offset: position.offset))
    }
  }

  /// Gives out the last line of the input if it has no line feed; nothing may be appended after.
  public mutating func finish(_ body: (InputPiece) -> Void) {
    guard !pending.isEmpty else { return }
    body(.lines(pending, firstLine: position.number, firstOffset: position.offset))
    pending = []
  }
}
