// A line that is not an acceptable event, in the log: nothing that came in is lost, and after a change of
// rules it can be tried again.

import Bytes
import Events

/// A quarantined line and what was wrong with it.
///
/// Encoding: code u8, its top bit set if an occurrence follows; field u8, its top bit set if the line has an id
/// that was not sent; offset varint, the length-prefixed detail, the occurrence as a varint unless it is 0, then
/// the line as it came to the end of the payload.
package struct QuarantinedLine {
  /// What was wrong.
  package var problem: EventProblem
  /// The rule or column that the problem is about, by its name; empty if there is none.
  package var detail: String
  /// How many equal lines came before it in its input.
  var occurrence: UInt32
  /// Whether the line is an event that was sent without an id: the one in it was derived, so that the line stays
  /// the same event.
  var hasDerivedID: Bool
  /// The line as it came, except for such an id.
  var line: [UInt8]

  /// The top bit of the code and of the field.
  private static let flag: UInt8 = 0x80

  init(
    _ problem: EventProblem, detail: String = "", occurrence: UInt32 = 0,
    hasDerivedID: Bool = false, line: [UInt8]
  ) {
    self.problem = problem
    self.detail = detail
    self.occurrence = occurrence
    self.hasDerivedID = hasDerivedID
    self.line = line
  }

  package init(_ payload: RawSpan) throws(DecodeError) {
    var reader = ByteReader(payload)
    let first = try reader.u8()
    guard let code = EventProblem.Code(rawValue: first & ~Self.flag) else {
      throw reader.invalid()
    }
    let second = try reader.u8()
    guard let field = EventField(rawValue: second & ~Self.flag) else { throw reader.invalid() }
    hasDerivedID = second & Self.flag != 0
    guard let offset = Int(exactly: try reader.varint()) else { throw reader.invalid() }
    problem = EventProblem(code, field: field, at: offset)
    detail = try reader.lengthPrefixed().toString()
    occurrence = first & Self.flag != 0 ? try reader.varint32() : 0
    line = try reader.bytes(reader.remaining).toArray()
  }

  /// The line as it came; that of an event that a tracking plan quarantined has its members in the order in which
  /// events are stored.
  package var lineAsSent: [UInt8] {
    hasDerivedID ? Self.withoutDerivedID(line) : line
  }

  /// A line without the id in it, which was not sent.
  static func withoutDerivedID(_ line: [UInt8]) -> [UInt8] {
    // Quotes within a text are escaped, so this is the member itself.
    let key = Array(#","messageId":""#.utf8)
    guard let start = line.firstRange(of: key),
      let end = line[start.upperBound...].firstIndex(of: UInt8(ascii: "\""))
    else { return line }
    return Array(line[..<start.lowerBound] + line[(end + 1)...])
  }

  func encode() -> [UInt8] {
    var writer = ByteWriter(capacity: line.count + detail.utf8.count + 32)
    writer.u8(problem.code.rawValue | (occurrence > 0 ? Self.flag : 0))
    writer.u8(problem.field.rawValue | (hasDerivedID ? Self.flag : 0))
    writer.varint(UInt64(max(problem.offset, 0)))
    writer.lengthPrefixed(detail)
    if occurrence > 0 { writer.varint(UInt64(occurrence)) }
    writer.append(line)
    return writer.bytes
  }

  /// What finds the line if it comes again.
  func messageHash(source: SourceID, seed: HashSeed) -> Hash128 {
    EventHash.line(line.span.bytes, occurrence: occurrence, source: source, seed: seed)
  }
}
