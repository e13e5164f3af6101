// Values that are no JSON: kept as they came, and reading goes on after them.

import Bytes

extension JSONReader {
  /// Keeps a broken value aside, and finds where to go on.
  ///
  /// One that is too long to be kept gives its items up to the fault, if it is a batch or list.
  func takeBroken(
    _ survey: ValueSurvey, _ fault: ValueScanner.Fault, into batch: inout EventBatch
  ) throws(JSONInputStopped) {
    let end = try placeAfter(fault, of: position, isMany: survey.kind != .event)
    if survey.kind != .event, end.offset - position.offset > limits.lineBytesMax {
      beginItems(of: survey)
      return
    }
    let isMany = survey.kind != .event
    try keep(
      from: position, to: end, fault, isMany: isMany,
      isMany ? "none of its events was taken in; " : "", into: &batch)
  }

  /// Keeps aside what is left of a batch or list of which items have been taken already.
  func takeRemainder(
    of scanner: ValueScanner, _ fault: ValueScanner.Fault, into batch: inout EventBatch
  ) throws(JSONInputStopped) {
    let start = scanner.heldFrom
    let end = try placeAfter(fault, of: start, isMany: true)
    let taken = max(scanner.itemCount - (start.item > 0 ? 1 : 0), 0)
    try keep(
      from: start, to: end, fault, isMany: true,
      "its events up to number \(taken) were taken in; ", into: &batch)
  }

  private func keep(
    from start: LinePosition, to end: LinePosition, _ fault: ValueScanner.Fault, isMany: Bool,
    _ note: String, into batch: inout EventBatch
  ) throws(JSONInputStopped) {
    position = end
    guard end.offset - start.offset <= limits.lineBytesMax else {
      let detail = note + "reading went on at line \(end.number)"
      return EventParser.reject(at: start, detail: detail, into: &batch)
    }
    var text = try text(from: start.offset, to: end.offset)
    while text.last == 0x0A || text.last == 0x0D { text.removeLast() }
    let lines = ByteSearch.count(0x0A, in: text.span.bytes)
    // What is wrong with a single line is the parser's to say.
    guard isMany || lines > 0 else {
      return parser.parse(value: text.span.bytes, at: start, into: &batch)
    }
    let offset = min(max(fault.position.offset - start.offset, 0), text.count)
    let until = lines > 0 ? "it is kept up to line \(start.number + lines), and " : ""
    parser.quarantine(
      text.span.bytes, EventProblem(isMany ? .invalidBatch : .invalidJSON, at: offset),
      detail: note + until + "reading went on at line \(end.number)", at: start, into: &batch)
  }

  /// Where to go on after a value that is broken: mostly at the next line that begins with a bracket, which
  /// in text laid out over many lines none does within a value.
  private func placeAfter(
    _ fault: ValueScanner.Fault, of start: LinePosition, isMany: Bool
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
    return try lineOfItsOwn(after: start, before: place, isMany: isMany) ?? place
  }

  /// Whether a bracket stands at a place, or the end of the input.
  private func beginsValue(at offset: Int) throws(JSONInputStopped) -> Bool {
    guard let byte = try byte(at: offset) else { return true }
    return byte == UInt8(ascii: "{") || byte == UInt8(ascii: "[")
  }

  /// The first line within a broken value that is rather a value of its own: the broken one was cut short where
  /// a value may follow, and has taken in those that come after it.
  ///
  /// That is a line that begins with a bracket, or with what no line within an object does; in a batch or list,
  /// where items may stand in lines, only a whole value that a further one follows.
  private func lineOfItsOwn(
    after start: LinePosition, before end: LinePosition, isMany: Bool
  ) throws(JSONInputStopped) -> LinePosition? {
    let limit = min(end.offset, start.offset + limits.lineBytesMax)
    let text = try text(from: start.offset, to: limit)
    let bytes = text.span.bytes
    var place = start
    place.item = 0
    var index = 0
    while let feed = ByteSearch.first(0x0A, in: bytes, from: index, to: text.count) {
      index = feed + 1
      place.number += 1
      place.offset = start.offset + index
      guard place.offset < end.offset, index < text.count else { return nil }
      let next = ByteSearch.first(0x0A, in: bytes, from: index, to: text.count)
      let last = next ?? text.count
      guard isMany else {
        if Self.mayGoOn(bytes.extracting(index..<last)) { continue }
        return place
      }
      guard try beginsValue(at: place.offset) else { continue }
      let follower = min(start.offset + last + 1, end.offset)
      guard next != nil || limit == end.offset, try beginsValue(at: follower) else { continue }
      switch LineShape.of(bytes.extracting(index..<last), limits: limits) {
      case .event, .many, .several: return place
      case .open, .partlyBroken, .broken: continue
      }
    }
    return nil
  }

  /// Whether a line may belong to an object that is laid out over many lines.
  private static func mayGoOn(_ line: RawSpan) -> Bool {
    guard line.byteCount > 0 else { return true }
    switch line[0] {
    case 0x20, 0x09, 0x0D, UInt8(ascii: "}"), UInt8(ascii: "]"), UInt8(ascii: "\""),
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
