// The layout of a stored event, defined here and nowhere else. Written by `EventEncoder`, read by
// `EventView` and `ValueView`.

/// The layout of an event payload, format version 2.
///
/// 2: flags, `originalTimestamp` and `sentAt` in the header; ids derived; times that are not instants.
///
///     field      type    meaning
///     ---------  ------  ---------------------------------------------------------------
///     format     u8      2
///     summary    u8      bits 0-2: `EventType`; bits 3-4: where the e-mail identifier is
///                        (0 none, 1 traits.email, 2 context.traits.email,
///                        3 properties.email); bit 5: messageId was sent as a number;
///                        bits 6-7: 0, anything else is invalid
///     flags      u8      bit 0: taken in under the clock of the events, so that its times stand;
///                        bit 1: `historical` is true; bit 2: no messageId was sent, it was
///                        derived; bit 3: members were left out by a tracking plan;
///                        bits 4-7: 0, anything else is invalid
///     event      value   symbol, a string (not interned), null or absent
///     messageId  value   a string form; the text of the number if bit 5 is set
///     userId     value   a string form, a number form, null or absent
///     anonymousId value  likewise
///     timestamp  value   a scalar or absent, as it was sent; `EventStamp` says which are times
///     originalTimestamp value likewise
///     sentAt     value   likewise
///     rest       object  all other members of the event, in the order they were sent
///     original   object  only with bit 3 of the flags: `rest` before members were left out
///
/// A value is a tag and what follows it; varints are LEB128, signed ones zigzag:
///
///     tag          value
///     -----------  ------------------------------------------------------------------------
///     0x00         null
///     0x01, 0x02   false, true
///     0x03         integer: signed varint; text that is canonical for an i64
///     0x04         decimal: u8 scale (1 ... 255), signed varint mantissa; text `[-]digits.digits`
///                  without exponent, with `scale` digits after the point, no negative zero
///     0x05         any other number: varint length, its text as sent
///     0x06         string: varint length, UTF-8
///     0x07         string that is a lower-case UUID with hyphens: 16 bytes
///     0x08         string that is an instant `YYYY-MM-DDThh:mm:ss.mmmZ`: signed varint, ms
///     0x09         string that is an instant `YYYY-MM-DDThh:mm:ssZ`: signed varint, s
///     0x0A         object: varint length of what follows; members, each a key and a value. A key
///                  is the varint of its symbol, or 0, a varint length and UTF-8
///     0x0B         array: varint length of what follows; values
///     0x0C         symbol: varint (only `event`)
///     0x0D         absent (only in header fields)
///     0x40...0x7F  integer 0 ... 63
///     0x80...0xFF  string of 0 ... 127 bytes, UTF-8
///
/// The encoding is deterministic: every value has exactly one form, the shortest that applies, so
/// equal JSON under one symbol table gives equal bytes. Hence duplicates are verified by comparing
/// bytes. (A key that did not fit a full symbol table stays inline; tables never shrink.)
///
/// Why the header repeats no e-mail: it is computed from the stored traits, at the place that the
/// summary names, so an erasure has one place less to look.
enum PayloadLayout {
  static let format: UInt8 = 2
  static let typeMask: UInt8 = 0x07
  static let emailShift: UInt8 = 3
  static let emailMask: UInt8 = 0x18
  static let messageIDIsNumber: UInt8 = 0x20
  static let reservedMask: UInt8 = 0xC0
  /// Where the flags are.
  static let flagsOffset = 2
  static let keepsTimes: UInt8 = 0x01
  static let isHistorical: UInt8 = 0x02
  static let idIsDerived: UInt8 = 0x04
  static let hasOriginal: UInt8 = 0x08
  static let reservedFlags: UInt8 = 0xF0
}

/// The tags of values; see `PayloadLayout`.
@usableFromInline
enum ValueTag {
  @usableFromInline static let null: UInt8 = 0x00
  @usableFromInline static let no: UInt8 = 0x01
  @usableFromInline static let yes: UInt8 = 0x02
  @usableFromInline static let integer: UInt8 = 0x03
  @usableFromInline static let decimal: UInt8 = 0x04
  @usableFromInline static let number: UInt8 = 0x05
  @usableFromInline static let string: UInt8 = 0x06
  @usableFromInline static let uuid: UInt8 = 0x07
  @usableFromInline static let milliseconds: UInt8 = 0x08
  @usableFromInline static let seconds: UInt8 = 0x09
  @usableFromInline static let object: UInt8 = 0x0A
  @usableFromInline static let array: UInt8 = 0x0B
  @usableFromInline static let symbol: UInt8 = 0x0C
  @usableFromInline static let absent: UInt8 = 0x0D
  @usableFromInline static let smallInteger: UInt8 = 0x40
  static let smallIntegerMax = 63
  @usableFromInline static let shortString: UInt8 = 0x80
  static let shortStringMax = 127
}

/// Where an event's e-mail identifier is; the first of these that holds one.
enum EmailPlace: UInt8 {
  case none = 0
  case traits = 1
  case contextTraits = 2
  case properties = 3
}
