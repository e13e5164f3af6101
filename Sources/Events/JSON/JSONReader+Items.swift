// Batches and lists: their items, one by one, with what they inherit.

import Bytes

extension JSONReader {
  /// Begins to take the items of a batch or list.
  func beginItems(of survey: ValueSurvey) {
    merger.removeAll()
    for (member, text) in survey.members { merger.add(member, text) }
    items = ItemStream(
      scanner: ValueScanner(at: position, takesItems: true, limits: limits),
      mayHoldBodies: survey.kind == .list)
  }

  /// Takes the items in the next part of the input.
  func takeItems(into batch: inout EventBatch) throws(JSONInputStopped) {
    guard var stream = items else { return }
    items = nil
    do throws(JSONInputStopped) { try take(&stream, into: &batch) } catch {
      items = stream
      throw error
    }
  }

  private func take(
    _ stream: inout ItemStream, into batch: inout EventBatch
  ) throws(JSONInputStopped) {
    var fault: ValueScanner.Fault?
    var isDone = false
    var isFirst = true
    let isAtEnd = try scan(from: stream.scanner.position.offset) { block, start in
      guard isFirst else { return false }
      isFirst = false
      var index = start
      do throws(ValueScanner.Fault) {
        while let piece = try stream.scanner.next(block.span.bytes, &index) {
          switch piece {
          case .item(let text, let place):
            take(text, at: place, mayHoldBodies: stream.mayHoldBodies, into: &batch)
          case .longItem(let place): EventParser.reject(at: place, into: &batch)
          case .member: break
          case .end:
            isDone = true
            return false
          }
        }
      } catch { fault = error }
      return fault == nil
    }
    if isFirst, isAtEnd { fault = stream.scanner.truncated }
    if let fault {
      return try takeRemainder(of: stream.scanner, fault, into: &batch)
    }
    // What lies before is not looked at again.
    position = isDone ? stream.scanner.position : stream.scanner.heldFrom
    if !isDone { items = stream }
  }

  private func take(
    _ text: [UInt8], at place: LinePosition, mayHoldBodies: Bool, into batch: inout EventBatch
  ) {
    if mayHoldBodies, Self.mayBeBody(text) {
      let survey = ValueSurvey(of: text.span.bytes, limits: limits)
      if survey.kind == .body, let key = survey.repeatedKey {
        let problem = EventProblem(.duplicateKey, at: key)
        return parser.quarantine(text.span.bytes, problem, at: place, into: &batch)
      }
      if survey.kind == .body, survey.end != nil, !survey.hasLongMember {
        return takeBody(text, survey, at: place, into: &batch)
      }
    }
    let line = merger.merged(text)
    parser.parse(value: line.span.bytes, at: place, into: &batch)
  }

  /// Takes the items of a batch that is in memory, being the item of a list.
  private func takeBody(
    _ text: [UInt8], _ survey: ValueSurvey, at place: LinePosition, into batch: inout EventBatch
  ) {
    var inherited = BodyMerger()
    for (member, text) in survey.members { inherited.add(member, text) }
    var start = place
    start.item = 0
    var scanner = ValueScanner(at: start, takesItems: true, limits: limits)
    var index = 0
    // Its frame has been seen to be whole.
    while let piece = try? scanner.next(text.span.bytes, &index), piece != .end {
      guard case .item(let item, let place) = piece else { continue }
      let line = inherited.merged(item)
      parser.parse(value: line.span.bytes, at: place, into: &batch)
    }
  }

  private static func mayBeBody(_ text: [UInt8]) -> Bool {
    guard text.first == UInt8(ascii: "{") else { return false }
    let bytes = text.span.bytes
    var start = 0
    let key = Array("\"batch\"".utf8)
    // The key may be escaped.
    if text.contains(UInt8(ascii: "\\")) { return true }
    while let quote = ByteSearch.first(key[0], in: bytes, from: start, to: bytes.byteCount) {
      if text[quote...].starts(with: key) { return true }
      start = quote + 1
    }
    return false
  }
}
