// The symbols that a stored event uses: who rewrites a segment must know which names still matter.

import Bytes

extension EventView {
  /// Passes on every symbol that the payload holds, those of parts that a tracking plan left out included;
  /// one that is used more than once comes as often.
  ///
  /// - Throws: `DecodeError` for a payload that is damaged or nests too deep.
  /// - Complexity: O(members).
  public func visitSymbols(_ body: (Symbol) -> Void) throws(DecodeError) {
    if let name { body(name) }
    var reader = ByteReader(payload, at: header.eventEnd)
    while !reader.isAtEnd { try Self.visitValue(&reader, depth: 0, body) }
  }

  @_lifetime(reader: copy reader)
  private static func visitValue(
    _ reader: inout ByteReader, depth: Int, _ body: (Symbol) -> Void
  ) throws(DecodeError) {
    guard depth <= ValueView.depthMax else { throw reader.invalid() }
    let start = reader.offset
    let tag = try ValueView.skip(&reader)
    guard tag == ValueTag.object || tag == ValueTag.array else { return }
    var value = ByteReader(reader.span, at: start + 1)
    let inner = try value.lengthPrefixed()
    var members = ByteReader(inner)
    while !members.isAtEnd {
      if tag == ValueTag.object {
        let symbol = try members.varint32()
        if symbol == 0 { _ = try members.lengthPrefixed() } else { body(Symbol(symbol)) }
      }
      try visitValue(&members, depth: depth + 1, body)
    }
  }
}
