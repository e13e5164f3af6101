// Events that a plan does not let pass as they are: parsed again without some members, or made a line to
// keep. Through the parser, so that identifiers and ids follow the same rules as at the door.

import Bytes

extension EventParser {
  /// Adds the row of an event without the members at some paths; its payload keeps them as well.
  ///
  /// Where what is left is not an event, the row keeps all of it aside.
  ///
  /// - Throws: `DecodeError` if the event is damaged.
  public func parse(
    _ event: borrowing EventView, omitting paths: [[EventPathStep]], names: SymbolNames,
    line: Int, offset: Int, into batch: inout EventBatch
  ) throws(DecodeError) {
    let original = try event.rest.encoded.toArray()
    let json = try Self.json(of: Self.payload(of: event, without: paths), names)
    let row = batch.rows.count
    parse(json.span.bytes, firstLine: line, firstOffset: offset, into: &batch)
    guard batch.rows.count == row + 1 else { return }
    switch batch.rows[row].outcome {
    case .event:
      batch.keep(original, besideRow: row, hasDerivedID: event.idIsDerived)
    case .quarantined(let problem), .rejected(let problem):
      // Places in what is left mean nothing in what was sent.
      let detail = batch.details[row] ?? ""
      batch.rows.removeLast()
      try quarantine(
        event, EventProblem(problem.code, at: 0), detail: detail, names: names, line: line,
        offset: offset, into: &batch)
    }
  }

  /// The payload of an event without the members at some paths; the header still names an e-mail that
  /// may be among them.
  static func payload(
    of event: borrowing EventView, without paths: [[EventPathStep]]
  ) throws(DecodeError) -> [UInt8] {
    var rest = PayloadBuffer()
    try copy(event.rest, without: paths, depth: 0, to: &rest)
    return event.headerBytes.toArray() + rest.bytes.toArray()
  }

  /// Adds the row of an event that is quarantined, as the line that it could have been.
  ///
  /// - Throws: `DecodeError` if the event is damaged.
  public func quarantine(
    _ event: borrowing EventView, _ problem: EventProblem, detail: String, names: SymbolNames,
    line: Int, offset: Int, into batch: inout EventBatch
  ) throws(DecodeError) {
    let json = try Self.json(of: event.payload.toArray(), names)
    quarantine(
      json.span.bytes, problem, detail: detail, line: line, offset: offset, into: &batch)
    batch.setHasDerivedID(event.idIsDerived)
  }

  /// The event as a line; an id that was derived is in it, so that the line stays the same event.
  private static func json(
    of payload: [UInt8], _ names: SymbolNames
  ) throws(DecodeError) -> [UInt8] {
    var plain = payload
    plain[PayloadLayout.flagsOffset] &= ~PayloadLayout.idIsDerived
    var writer = ByteWriter(capacity: 512)
    try EventView(plain.span.bytes).writeJSON(to: &writer, names: names)
    return writer.bytes
  }

  private static func copy(
    _ value: borrowing ValueView, without paths: [[EventPathStep]], depth: Int,
    to buffer: inout PayloadBuffer
  ) throws(DecodeError) {
    let start = buffer.begin(ValueTag.object)
    try value.forEachMember { (key, text, member) throws(DecodeError) in
      let step: EventPathStep = key.map { .symbol($0) } ?? .text(text.toArray())
      let inner = paths.filter { depth < $0.count && $0[depth] == step }
      if inner.contains(where: { $0.count == depth + 1 }) { return }
      buffer.putVarint(UInt64(key?.value ?? 0))
      if key == nil {
        buffer.putVarint(UInt64(text.byteCount))
        buffer.put(text)
      }
      if inner.isEmpty || member.kind != .object {
        buffer.put(member.encoded)
      } else {
        try copy(member, without: inner, depth: depth + 1, to: &buffer)
      }
    }
    buffer.end(start)
  }
}

extension EventBatch {
  /// Says of the last row whether the line has an id in it that was not sent.
  mutating func setHasDerivedID(_ hasDerivedID: Bool) {
    rows[rows.count - 1].hasDerivedID = hasDerivedID
  }

  /// Gives an event row a payload that keeps both what was sent and what counts.
  mutating func keep(_ original: [UInt8], besideRow index: Int, hasDerivedID: Bool) {
    let row = rows[index]
    let start = content.count
    let payload = content.span.bytes.extracting(row.payload).toArray()
    content.append(payload.span.bytes)
    content.append(original.span.bytes)
    content.set(
      PayloadLayout.hasOriginal | (hasDerivedID ? PayloadLayout.idIsDerived : 0),
      at: start + PayloadLayout.flagsOffset)
    rows[index].payload = start..<content.count
    rows[index].draftCount = 0
    do throws(DecodeError) {
      rows[index].header = try EventHeader(content.span.bytes.extracting(start..<content.count))
    } catch {
      preconditionFailure("the encoder writes what the view reads")
    }
  }
}
