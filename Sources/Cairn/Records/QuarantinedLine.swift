// A line that is no acceptable event, in the log: nothing that came in is lost, and after a change of
// rules it can be tried again.

import Bytes
import Events

/// A quarantined line and what was wrong with it.
///
/// Encoding: code u8, field u8, offset varint, the length-prefixed detail, then the line as it came
/// to the end of the payload.
struct QuarantinedLine {
  /// What was wrong.
  var problem: EventProblem
  /// The rule or column that the problem is about, by its name; empty if there is none.
  var detail: String
  /// The line as it came.
  var line: [UInt8]

  init(_ payload: RawSpan) throws(DecodeError) {
    var reader = ByteReader(payload)
    guard let code = EventProblem.Code(rawValue: try reader.u8()) else { throw reader.invalid() }
    guard let field = EventField(rawValue: try reader.u8()) else { throw reader.invalid() }
    guard let offset = Int(exactly: try reader.varint()) else { throw reader.invalid() }
    problem = EventProblem(code, field: field, at: offset)
    detail = try reader.lengthPrefixed().toString()
    line = try reader.bytes(reader.remaining).toArray()
  }

  static func encode(
    _ problem: EventProblem, detail: String = "", line: RawSpan, into writer: inout ByteWriter
  ) {
    writer.removeAll()
    writer.u8(problem.code.rawValue)
    writer.u8(problem.field.rawValue)
    writer.varint(UInt64(max(problem.offset, 0)))
    writer.lengthPrefixed(detail)
    writer.append(line)
  }
}
