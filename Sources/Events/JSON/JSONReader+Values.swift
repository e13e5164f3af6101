// Values one by one: looked at as a whole first, then taken as what they are.

import Bytes

extension JSONReader {
  /// Takes the next value, or the next part of one that is being taken; false at the end of the input.
  func parseValue(into batch: inout EventBatch) throws(JSONInputStopped) -> Bool {
    if items != nil {
      try takeItems(into: &batch)
      return true
    }
    guard let first = try skipBlanks() else { return false }
    guard first == UInt8(ascii: "{") || first == UInt8(ascii: "[") else {
      try takeLine(into: &batch)
      return true
    }
    if first == UInt8(ascii: "{"), try takePlainBatch(into: &batch) { return true }
    // After too much that was looked at in vain a value has to end on its line.
    let limit = mayLookAhead() ? Int.max : try endOfLine(from: position.offset)
    var survey = try survey(at: position, before: limit, releases: true)
    guard !survey.isGivenUp else {
      EventParser.reject(at: position, into: &batch)
      position = survey.position
      if let fault = survey.fault, !fault.isAtLineStart {
        position.offset = try endOfLine(from: position.offset)
      }
      return true
    }
    if let end = survey.end, let fault = try faultAfter(end) {
      survey.end = nil
      survey.fault = fault
    }
    if let fault = survey.fault {
      try takeBroken(survey, fault, into: &batch)
    } else if survey.kind == .body, let key = survey.repeatedKey, let end = survey.end {
      try keepWhole(to: end, EventProblem(.duplicateKey, at: key), into: &batch)
    } else if survey.hasLongMember, survey.kind == .body, let end = survey.end {
      let detail = "a member that its events inherit is longer than \(limits.lineBytesMax) bytes"
      EventParser.reject(at: position, detail: detail, into: &batch)
      position = end
    } else if survey.kind != .event {
      beginItems(of: survey)
    } else if let end = survey.end {
      try takeEvent(to: end, into: &batch)
    }
    return true
  }

  /// Takes a batch that is plain: on one line, which is at hand; false, and nothing is taken, for any other value.
  private func takePlainBatch(into batch: inout EventBatch) throws(JSONInputStopped) -> Bool {
    guard form == .any else { return false }
    var end: LinePosition?
    var lineEnd: Int?
    _ = try scan(from: position.offset) { block, index in
      let bytes = block.span.bytes
      lineEnd = ByteSearch.first(0x0A, in: bytes, from: index, to: block.count)
      let line = bytes.extracting(index..<(lineEnd ?? block.count))
      if let length = plain.read(line, itemBytesMax: limits.lineBytesMax) {
        end = position
        end?.offset += length
      }
      return false
    }
    guard let end, try faultAfter(end) == nil else { return false }
    let start = position
    let firstRow = batch.rows.count
    parser.parse(plain.lines.span.bytes, firstLine: 1, firstOffset: 0, into: &batch)
    batch.place(rowsFrom: firstRow, at: start, offsets: plain.offsets)
    position = end
    return true
  }

  /// Looks at a value as far as some offset, where the input is taken to end.
  ///
  /// - Parameter releases: Whether what is too long to be taken is skipped, rather than looked at no further.
  func survey(
    at position: LinePosition, before limit: Int, releases: Bool
  ) throws(JSONInputStopped) -> ValueSurvey {
    var survey = ValueSurvey(at: position, limits: limits)
    let isAtEnd = try scan(from: position.offset) { block, index in
      let rest = limit - survey.position.offset
      let bytes = block.span.bytes.extracting(0..<(index + min(block.count - index, rest)))
      guard survey.take(bytes, index), survey.position.offset < limit else { return false }
      guard releases || !survey.isGivenUp else { return false }
      if survey.isGivenUp { input.release(before: survey.position.offset) }
      return true
    }
    if isAtEnd || survey.position.offset >= limit { survey.finish() }
    return survey
  }

  /// The byte at a place; nil at the end of the input.
  func byte(at offset: Int) throws(JSONInputStopped) -> UInt8? {
    var byte: UInt8?
    _ = try scan(from: offset) { block, index in
      byte = block[index]
      return false
    }
    return byte
  }

  /// Moves on to the next byte of a value and returns it; nil at the end of the input.
  private func skipBlanks() throws(JSONInputStopped) -> UInt8? {
    while let byte = try byte(at: position.offset) {
      switch byte {
      case 0x0A:
        position.number += 1
        position.offset += 1
      case 0x20, 0x09, 0x0D:
        position.offset += 1
      case ByteOrderMark.firstByte:
        guard try isMark(at: position.offset) else { return byte }
        position.offset += ByteOrderMark.bytes.count
      default:
        return byte
      }
    }
    return nil
  }

  /// Where byte order marks end that stand at a place.
  func afterMarks(_ offset: Int) throws(JSONInputStopped) -> Int {
    var offset = offset
    while try isMark(at: offset) { offset += ByteOrderMark.bytes.count }
    return offset
  }

  private func isMark(at offset: Int) throws(JSONInputStopped) -> Bool {
    for (index, expected) in ByteOrderMark.bytes.enumerated() {
      guard try byte(at: offset + index) == expected else { return false }
    }
    return true
  }

  /// The fault of a value that is followed, on its last line, by what is not another value.
  private func faultAfter(
    _ end: LinePosition
  ) throws(JSONInputStopped) -> ValueScanner.Fault? {
    var offset = end.offset
    while let byte = try byte(at: offset) {
      switch byte {
      case 0x20, 0x09, 0x0D:
        offset += 1
      case 0x0A, UInt8(ascii: "{"), UInt8(ascii: "["):
        return nil
      default:
        if try isMark(at: offset) { return nil }
        return ValueScanner.Fault(
          reason: .malformed, position: LinePosition(number: end.number, offset: offset))
      }
    }
    return nil
  }

  /// The bytes of a range of the input, which is no longer than a line may be.
  func text(from start: Int, to end: Int) throws(JSONInputStopped) -> [UInt8] {
    var text: [UInt8] = []
    text.reserveCapacity(end - start)
    _ = try scan(from: start) { block, index in
      let count = min(end - start - text.count, block.count - index)
      text.append(contentsOf: block[index..<(index + count)])
      return text.count < end - start
    }
    return text
  }

  /// Takes one line that begins no value.
  private func takeLine(into batch: inout EventBatch) throws(JSONInputStopped) {
    let end = try endOfLine(from: position.offset)
    try takeWhole(from: position, to: end, into: &batch)
    position.offset = end
  }

  /// Where the line feed is that ends the line of a byte, or where the input ends.
  func endOfLine(from offset: Int) throws(JSONInputStopped) -> Int {
    var end = offset
    _ = try scan(from: offset) { block, index in
      let found = ByteSearch.first(0x0A, in: block.span.bytes, from: index, to: block.count)
      end += (found ?? block.count) - index
      return found == nil
    }
    return end
  }

  /// Takes an object for an event.
  private func takeEvent(
    to end: LinePosition, into batch: inout EventBatch
  ) throws(JSONInputStopped) {
    let start = position
    try takeWhole(from: start, to: end.offset, into: &batch)
    position = end
    // Where one event stands in a line, more will.
    guard form == .any, start.number == end.number, try byte(at: end.offset) == 0x0A else { return }
    readLines(from: LinePosition(number: end.number + 1, offset: end.offset + 1))
  }

  /// Keeps a value aside that is whole.
  private func keepWhole(
    to end: LinePosition, _ problem: EventProblem, into batch: inout EventBatch
  ) throws(JSONInputStopped) {
    let start = position
    if end.offset - start.offset > limits.lineBytesMax {
      EventParser.reject(at: start, problem, into: &batch)
    } else {
      let text = try text(from: start.offset, to: end.offset)
      parser.quarantine(text.span.bytes, problem, at: start, into: &batch)
    }
    position = end
  }

  private func takeWhole(
    from start: LinePosition, to end: Int, into batch: inout EventBatch
  ) throws(JSONInputStopped) {
    guard end - start.offset <= limits.lineBytesMax else {
      return EventParser.reject(at: start, into: &batch)
    }
    let text = try text(from: start.offset, to: end)
    parser.parse(value: text.span.bytes, at: start, into: &batch)
  }
}
