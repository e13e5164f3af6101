// From a stream of bytes to whole lines, in bounded memory: what stands between a file or pipe and
// the parse workers.

import Bytes

/// Cuts a stream of bytes into whole lines, numbered and located.
///
/// Holds no more than the longest line that is kept plus what was appended last, whatever the
/// input is.
public struct LineCutter: Sendable {
  private let lineBytesMax: Int
  /// The beginning of a line whose end has not come yet.
  private var pending: [UInt8] = []
  /// The line that begins `pending`, or that is being skipped.
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
  /// - Parameter body: Called in the order of the input, three times at most: with whole lines, ready for
  ///   `EventParser.parse`, and where they begin, to return how many there were; with nil and the place of a line that
  ///   is too long to be kept, for `EventParser.reject`.
  public mutating func append(_ input: RawSpan, _ body: (RawSpan?, LinePosition) -> Int) {
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
    if !pending.isEmpty,
      let end = ByteSearch.first(0x0A, in: input, from: start, to: input.byteCount)
    {
      // Only the line that was begun is copied.
      var line = pending
      pending = []
      line.append(input.extracting(start..<(end + 1)))
      start = end + 1
      giveOut(line.span.bytes, endOffset: base + start, body)
    }
    if let last = ByteSearch.last(0x0A, in: input, from: start, to: input.byteCount) {
      let whole = input.extracting(start..<(last + 1))
      start = last + 1
      giveOut(whole, endOffset: base + start, body)
    }
    pending.append(input.extracting(start..<input.byteCount))
    if pending.count > lineBytesMax {
      pending = []
      isPassingOver = true
      _ = body(nil, position)
    }
  }

  private mutating func giveOut(
    _ lines: RawSpan, endOffset: Int, _ body: (RawSpan?, LinePosition) -> Int
  ) {
    let count = body(lines, position)
    position.number += count
    position.offset = endOffset
  }

  /// Gives out the last line of the input if it has no line feed; nothing may be appended after.
  public mutating func finish(_ body: (RawSpan?, LinePosition) -> Int) {
    guard !pending.isEmpty else { return }
    let line = pending
    pending = []
    _ = body(line.span.bytes, position)
  }
}
