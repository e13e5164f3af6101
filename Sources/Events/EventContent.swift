// What an event without an id holds, in a form that is the same in every process: its id follows from that.

import Bytes

/// Hashes the content of events.
///
/// A stored event names its keys by the numbers that a store gave them. Which number a name gets depends on what
/// came before it, and is forgotten with the last record that uses it. So the content has a keyed hash of each
/// name in the place of its number:
///
///     part       bytes
///     ---------  -----------------------------------------------------------------
///     head       the header up to `sentAt`, the event's name as its hash
///     scalar     as it is stored
///     object     tag; for each member 1, the hash of its key and its value; 0
///     array      tag; for each element 1 and its value; 0
struct EventContent {
  private var writer = ByteWriter()

  /// The hash of an event's content within a source.
  ///
  /// - Parameters:
  ///   - header: The header, without an id.
  ///   - sentStart: Where `sentAt` begins in it.
  ///   - rest: All other members.
  ///   - symbols: The cache that gave them their symbols.
  /// - Complexity: O(bytes).
  mutating func hash(
    _ header: RawSpan, through sentStart: Int, rest: RawSpan, symbols: borrowing SymbolCache,
    source: SourceID, seed: HashSeed
  ) throws(DecodeError) -> Hash128 {
    let head = header.extracting(0..<sentStart)
    writer.removeAll()
    let nameStart = PayloadLayout.flagsOffset + 1
    writer.append(head.extracting(0..<nameStart))
    var reader = ByteReader(head, at: nameStart)
    let tag = try ValueView.skip(&reader)
    if tag == ValueTag.symbol {
      var name = ByteReader(head, at: nameStart + 1)
      writer.u8(ValueTag.symbol)
      writer.u64(symbols.hash(of: Symbol(try name.varint32())))
    } else {
      writer.append(head.extracting(nameStart..<reader.offset))
    }
    writer.append(head.extracting(reader.offset..<head.byteCount))
    var members = ByteReader(rest)
    try append(&members, symbols, depth: 0)
    let bytes = writer.bytes
    return EventHash.content(bytes.span.bytes, source: source, seed: seed)
  }

  @_lifetime(reader: copy reader)
  private mutating func append(
    _ reader: inout ByteReader, _ symbols: borrowing SymbolCache, depth: Int
  ) throws(DecodeError) {
    guard depth <= ValueView.depthMax else { throw reader.invalid() }
    let start = reader.offset
    let tag = try ValueView.skip(&reader)
    guard tag == ValueTag.object || tag == ValueTag.array else {
      return writer.append(reader.span.extracting(start..<reader.offset))
    }
    writer.u8(tag)
    var inner = ByteReader(reader.span, at: start + 1)
    _ = try inner.count()
    while inner.offset < reader.offset {
      writer.u8(1)
      if tag == ValueTag.object {
        let symbol = try inner.varint32()
        // A name that a full table did not take has the hash that it would have had there.
        writer.u64(
          symbol == 0
            ? symbols.hash(of: try inner.lengthPrefixed()) : symbols.hash(of: Symbol(symbol)))
      }
      try append(&inner, symbols, depth: depth + 1)
    }
    writer.u8(0)
  }
}
