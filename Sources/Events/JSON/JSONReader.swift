// JSON to rows, whatever its shape: each value of the input is looked at for itself, so that one file may hold
// events, batches and lists, one per line or over many lines.
//
// Events that stand one per line are the usual case and cost what they must: they go to the parser of lines by
// the megabyte, and only a line that it cannot take is looked at as a value.

import Bytes

/// Parses JSON values, one after the other: events, batch bodies `{"batch":[…],"context":{…},…}` and lists
/// of events.
///
/// A row's line is that on which its event begins, and its item the event's number in its batch or list.
public final class JSONReader {
  /// What the values may be.
  public enum Form: Sendable {
    /// Events, batches and lists in any mixture.
    case any
    /// One event per line, whatever else a line looks like.
    case lines
  }

  /// How many bytes of values are parsed at a time.
  static let chunkBytes = 1 << 20

  let form: Form
  let parser: EventParser
  let limits: EventLimits
  let input: any JSONInput
  var merger = BodyMerger()
  var plain = PlainBatch()
  /// The reader of lines; nil while values are read one by one.
  private var cutter: LineCutter?
  /// The items that are being handed out of a value that is too long to be held.
  var items: ItemStream?
  /// Where the next value is looked for, while there is no cutter.
  var position = LinePosition.start
  /// A part of the input, so that a value is not read byte by byte.
  private var block: [UInt8] = []
  private var blockStart = 0
  /// Whether to wait for bytes that are not at hand: not while there are rows that could be handed out.
  private var mayWait = true
  private var wouldWait = false
  /// How much is read at once: little after a jump, since the next one may be near.
  private var wantedBytes = JSONReader.chunkBytes
  private static let firstWantedBytes = 4 << 10
  /// How many bytes have been looked at that reading then went back before.
  var wastedBytes = 0
  private static let wasteFactor = 16

  /// Makes a reader of an input.
  ///
  /// - Parameters:
  ///   - parser: What judges the events; nothing else may use it.
  ///   - bodyBytes: If the input is a posted body, its length: it is in memory, and rarely made of lines.
  public init(
    _ input: any JSONInput, as form: Form = .any, parser: EventParser,
    limits: EventLimits = EventLimits(), bodyBytes: Int? = nil
  ) {
    self.input = input
    self.form = form
    self.parser = parser
    self.limits = limits
    if let bodyBytes {
      wantedBytes = max(bodyBytes, 1)
    } else {
      cutter = LineCutter(limits: limits)
    }
  }

  /// Parses the next part of the input and appends its rows; false at the end.
  public func parse(into batch: inout EventBatch) throws(JSONInputStopped) -> Bool {
    input.release(before: cutter?.position.offset ?? position.offset)
    if cutter != nil { return try parseLines(into: &batch) }
    let end = position.offset + Self.chunkBytes
    let rowsBefore = batch.rows.count
    while position.offset < end, cutter == nil {
      mayWait = batch.rows.count == rowsBefore
      do throws(JSONInputStopped) {
        guard try parseValue(into: &batch) else { return false }
      } catch {
        guard wouldWait else { throw error }
        // The value is begun again when there is nothing else to do but to wait.
        wouldWait = false
        return true
      }
      input.release(before: position.offset)
    }
    return true
  }

  /// Whether further input may be looked at in vain, `spent` bytes having been since the last value: the work
  /// for an input stays linear in its length, whatever is in it.
  func mayLookAhead(spent: Int = 0) -> Bool {
    wastedBytes + spent <= Self.wasteFactor * position.offset + Self.chunkBytes
  }

  /// Goes on with lines at a place that begins one.
  func readLines(from position: LinePosition) {
    cutter = LineCutter(at: position, limits: limits)
    block = []
    wantedBytes = Self.firstWantedBytes
  }

  /// Reads the next part of the input, more each time.
  private func read(from offset: Int) throws(JSONInputStopped) -> [UInt8] {
    let block = try input.bytes(from: offset, atMost: wantedBytes)
    wantedBytes = min(2 * wantedBytes, Self.chunkBytes)
    return block
  }

  private func parseLines(into batch: inout EventBatch) throws(JSONInputStopped) -> Bool {
    guard var cutter else { return true }
    let block = try read(from: cutter.appendedByteCount)
    self.cutter = nil
    // Where values have to be read one by one from.
    var place: LinePosition?
    let body: (RawSpan?, LinePosition) -> Int = { lines, first in
      guard place == nil else { return 0 }
      let (end, isTaken) = self.take(lines, first, into: &batch)
      if !isTaken { place = end }
      return end.number - first.number
    }
    if block.isEmpty { cutter.finish(body) } else { cutter.append(block.span.bytes, body) }
    if let place {
      position = place
      wantedBytes = Self.firstWantedBytes
      return true
    }
    self.cutter = cutter
    return !block.isEmpty
  }

  /// Takes lines, or one that is too long to be kept.
  ///
  /// - Returns: The place after the last one that was taken, and whether that was the last of them.
  private func take(
    _ lines: RawSpan?, _ first: LinePosition, into batch: inout EventBatch
  ) -> (end: LinePosition, isTaken: Bool) {
    guard let lines else {
      if form == .any { return (first, false) }
      EventParser.reject(at: first, into: &batch)
      return (first, true)
    }
    if form == .any { return parser.parseEvents(lines, from: first, into: &batch) }
    return (parser.parseAll(lines, from: first, into: &batch), true)
  }

  /// Reads the input from an offset on, block by block; `body` is given each and where in it to begin,
  /// and says whether it wants more.
  ///
  /// - Returns: Whether the end of the input was reached.
  func scan(
    from offset: Int, _ body: ([UInt8], Int) -> Bool
  ) throws(JSONInputStopped) -> Bool {
    var offset = offset
    while true {
      if offset < blockStart || offset >= blockStart + block.count {
        guard mayWait || input.isAtHand(offset) else {
          wouldWait = true
          throw JSONInputStopped()
        }
        if offset < blockStart { wantedBytes = Self.firstWantedBytes }
        block = try read(from: offset)
        blockStart = offset
        if block.isEmpty { return true }
      }
      let index = offset - blockStart
      guard body(block, index) else { return false }
      offset = blockStart + block.count
    }
  }
}
