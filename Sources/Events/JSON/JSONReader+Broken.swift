// Values that are not JSON: they are kept verbatim, and reading continues after them.

import Bytes

extension JSONReader {
  /// Keeps a broken value aside, and finds where to go on.
  ///
  /// One that is too long to be kept gives its items up to the fault, if it is a batch or list.
  func takeBroken(
    _ survey: ValueSurvey, _ fault: ValueScanner.Fault, into batch: inout EventBatch
  ) throws(JSONInputStopped) {
    let end = try placeAfter(fault, of: position, survey.kind)
    wastedBytes += max(survey.position.offset - end.offset, 0)
    if survey.kind != .event, end.offset - position.offset > limits.lineBytesMax {
      beginItems(of: survey)
      return
    }
    let isMany = survey.kind != .event
    try keep(
      from: position, to: end, fault, isMany: isMany,
      isMany ? "none of its events was ingested; " : "", into: &batch)
  }

  /// Quarantines the rest of a batch or list of which items have been taken already.
  func takeRemainder(
    of scanner: ValueScanner, _ fault: ValueScanner.Fault, into batch: inout EventBatch
  ) throws(JSONInputStopped) {
    let start = scanner.heldFrom
    let end = try placeAfter(fault, of: start, scanner.kind)
    let taken = max(scanner.itemCount - (start.item > 0 ? 1 : 0), 0)
    try keep(
      from: start, to: end, fault, isMany: true,
      "its events up to number \(taken) were ingested; ", into: &batch)
  }

  private func keep(
    from start: LinePosition, to end: LinePosition, _ fault: ValueScanner.Fault, isMany: Bool,
    _ note: String, into batch: inout EventBatch
  ) throws(JSONInputStopped) {
    position = end
    guard end.offset - start.offset <= limits.lineBytesMax else {
      let detail = note + "reading resumed at line \(end.number)"
      return EventParser.reject(at: start, detail: detail, into: &batch)
    }
    var text = try text(from: start.offset, to: end.offset)
    while let last = text.last, [0x0A, 0x0D, 0x20, 0x09].contains(last) { text.removeLast() }
    guard !text.isEmpty else {
      return EventParser.reject(
        at: start, EventProblem(.invalidBatch, at: 0),
        detail: note + "its end is missing; reading resumed at line \(end.number)", into: &batch)
    }
    let lines = ByteSearch.count(0x0A, in: text.span.bytes)
    // What is wrong with a single line is the parser's to say.
    guard isMany || lines > 0 else {
      return parser.parse(value: text.span.bytes, at: start, into: &batch)
    }
    let offset = min(max(fault.position.offset - start.offset, 0), text.count)
    let until = lines > 0 ? "it is kept up to line \(start.number + lines), and " : ""
    parser.quarantine(
      text.span.bytes, EventProblem(isMany ? .invalidBatch : .invalidJSON, at: offset),
      detail: note + until + "reading resumed at line \(end.number)", at: start, into: &batch)
  }

  /// Where to continue after a value that is broken: mostly at the next line that begins with a bracket, which
  /// in text laid out over many lines none does within a value.
  private func placeAfter(
    _ fault: ValueScanner.Fault, of start: LinePosition, _ kind: ValueScanner.Kind
  ) throws(JSONInputStopped) -> LinePosition {
    var place = fault.position
    place.item = 0
    if !fault.isAtLineStart, fault.reason != .truncated {
      let isOneLine = fault.position.number == start.number
      while true {
        place.offset = try endOfLine(from: place.offset)
        guard try byte(at: place.offset) != nil else { break }
        place.offset += 1
        place.number += 1
        if isOneLine { break }
        if try beginsValue(at: place.offset) { break }
      }
    }
    return try lineOfItsOwn(in: kind, after: start, before: place) ?? place
  }

  /// Whether a bracket stands at a place, perhaps after byte order marks, or the end of the input.
  private func beginsValue(at offset: Int) throws(JSONInputStopped) -> Bool {
    guard let byte = try byte(at: afterMarks(offset)) else { return true }
    return byte == UInt8(ascii: "{") || byte == UInt8(ascii: "[")
  }

  /// The first line within a broken value that is rather a value of its own: the broken one was cut short where
  /// a value may follow, and has taken in those that come after it.
  ///
  /// That is a line that begins with a bracket, or with what no line within an object does; in a batch or list,
  /// where items may stand in lines, only one that cannot be an item, or the first line of a whole value that a
  /// further one follows.
  private func lineOfItsOwn(
    in kind: ValueScanner.Kind, after start: LinePosition, before end: LinePosition
  ) throws(JSONInputStopped) -> LinePosition? {
    let limit = min(end.offset, start.offset + limits.lineBytesMax)
    var spent = 0
    var place = start
    place.item = 0
    while try moveToNextLine(&place), place.offset < limit {
      guard kind != .event else {
        let beginning = try text(from: place.offset, to: min(place.offset + 4, limit))
        if Self.mayGoOn(beginning.span.bytes) { continue }
        return place
      }
      guard try beginsValue(at: place.offset) else { continue }
      let first = place
      let lineEnd = min(try endOfLine(from: place.offset), end.offset)
      guard try mayBeItem(at: place, before: lineEnd, in: kind) else { return first }
      // After too much that was looked at in vain a value has to end on its line.
      let isWhole = try passValues(
        &place, before: mayLookAhead(spent: spent) ? end.offset : lineEnd)
      if isWhole, try isFollowed(place, before: end.offset) {
        wastedBytes += spent
        return first
      }
      if !isWhole {
        spent += place.offset - first.offset
        place = first
      }
    }
    wastedBytes += spent
    return nil
  }

  /// Whether the value that a line begins may be an item, as far as the line shows: no batch holds batches,
  /// and nothing holds lists.
  private func mayBeItem(
    at place: LinePosition, before end: Int, in kind: ValueScanner.Kind
  ) throws(JSONInputStopped) -> Bool {
    var place = place
    place.offset = try afterMarks(place.offset)
    guard place.offset < end else { return true }
    return switch try survey(at: place, before: end, releases: false).kind {
    case .event: true
    case .body: kind == .list
    case .list: false
    }
  }

  /// Moves to the start of the next line; false if there is none.
  private func moveToNextLine(_ place: inout LinePosition) throws(JSONInputStopped) -> Bool {
    place.offset = try endOfLine(from: place.offset)
    guard try byte(at: place.offset) != nil else { return false }
    place.offset += 1
    place.number += 1
    return true
  }

  /// Moves past values that follow each other on a line; false if one is not whole, with the place where that
  /// shows.
  private func passValues(
    _ place: inout LinePosition, before limit: Int
  ) throws(JSONInputStopped) -> Bool {
    while true {
      place.offset = try afterMarks(place.offset)
      guard place.offset < limit, let byte = try byte(at: place.offset) else { return true }
      switch byte {
      case 0x20, 0x09, 0x0D: place.offset += 1
      case UInt8(ascii: "{"), UInt8(ascii: "["):
        let survey = try survey(at: place, before: limit, releases: false)
        guard let end = survey.end else {
          place = survey.position
          return false
        }
        place = end
      default: return true
      }
    }
  }

  /// Whether nothing but the end of the line comes at a place, and then a line that begins a value, or the end.
  private func isFollowed(
    _ place: LinePosition, before limit: Int
  ) throws(JSONInputStopped) -> Bool {
    var offset = place.offset
    while offset < limit, let byte = try byte(at: offset) {
      guard byte == 0x0A || byte == 0x0D else {
        guard offset > place.offset else { return false }
        return try beginsValue(at: offset)
      }
      offset += 1
    }
    return true
  }

  /// Whether a line may belong to an object that is laid out over many lines.
  private static func mayGoOn(_ line: RawSpan) -> Bool {
    guard line.byteCount > 0 else { return true }
    switch line[0] {
    case 0x0A, 0x20, 0x09, 0x0D, UInt8(ascii: "}"), UInt8(ascii: "]"), UInt8(ascii: "\""),
      UInt8(ascii: ","), UInt8(ascii: ":"), UInt8(ascii: "-"), 0x30...0x39:
      return true
    case UInt8(ascii: "t"), UInt8(ascii: "f"), UInt8(ascii: "n"):
      let word = line.extracting(0..<min(line.byteCount, 4))
      return word.equals("true") || word.equals("fals") || word.equals("null")
    default:
      return false
    }
  }
}
