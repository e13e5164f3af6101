// Batch bodies to rows: the scanner cuts, the merger completes, and the parser of lines judges.

import Bytes

/// Parses batch bodies, `{"batch":[…],"context":{…},"integrations":{…},"sentAt":"…"}` or a list of
/// events, one after the other.
///
/// A batch's `context`, `integrations` and `sentAt` hold for its items wherever they stand, so each
/// body is looked through for them before its items are read: the input is given by offset.
public final class BatchParser {
  private let parser: EventParser
  private let limits: EventLimits
  private var scanner: BatchScanner
  private var merger = BatchMerger()
  private var number = 0
  private let read: (Int) -> [UInt8]

  /// Makes a parser of an input.
  ///
  /// - Parameters:
  ///   - parser: What judges the items; nothing else may use it.
  ///   - read: The bytes of the input from an offset on, as many as it likes; none at the end, or
  ///     where it failed, which is for its owner to know.
  public init(
    parser: EventParser, limits: EventLimits = EventLimits(), read: @escaping (Int) -> [UInt8]
  ) {
    self.parser = parser
    self.limits = limits
    self.read = read
    scanner = BatchScanner(at: 0, takesItems: true, limits: limits)
  }

  /// How far the input has been parsed, in bytes.
  public var offset: Int { scanner.offset }

  /// Parses the next bytes of the input and appends the rows of items that end in them; false at the
  /// end.
  ///
  /// A row's line is the number of its item in the input, and its offset where the item begins.
  ///
  /// - Throws: `BatchProblem` if the frame is broken; the rows of the items before it are in `batch`.
  public func parse(into batch: inout EventBatch) throws(BatchProblem) -> Bool {
    let block = read(scanner.offset)
    guard !block.isEmpty else {
      try scanner.finish()
      return false
    }
    var index = 0
    while let piece = try scanner.next(block.span.bytes, &index) {
      switch piece {
      case .begin(let offset):
        merger.removeAll()
        // A list has no members to look for.
        if block[index - 1] == UInt8(ascii: "{") {
          try lookAhead(from: offset, in: block, at: index - 1)
        }
      case .item(let bytes, let offset):
        number += 1
        let line = merger.merged(bytes)
        parser.parse(line.span.bytes, firstLine: number, firstOffset: offset, into: &batch)
      case .tooLong(let offset):
        number += 1
        EventParser.reject(line: number, offset: offset, into: &batch)
      case .member, .end:
        break
      }
    }
    return true
  }

  /// Reads the members of a body that its items inherit.
  ///
  /// - Parameters:
  ///   - block: What has been read already; bodies mostly end in it.
  ///   - index: Where the body begins in it.
  private func lookAhead(
    from start: Int, in block: [UInt8], at index: Int
  ) throws(BatchProblem) {
    var ahead = BatchScanner(at: start, takesItems: false, limits: limits)
    var block = block
    var index = index
    while true {
      while let piece = try ahead.next(block.span.bytes, &index) {
        switch piece {
        case .member(let member, let text): merger.add(member, text)
        case .end: return
        case .begin, .item, .tooLong: break
        }
      }
      block = read(ahead.offset)
      index = 0
      guard !block.isEmpty else { return try ahead.finish() }
    }
  }
}
