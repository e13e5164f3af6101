// One value of a stored event, read where it lies. Nothing is decoded before it is asked for, and
// nothing traps whatever the bytes are.

import Bytes

/// A JSON value in a payload: borrows the payload's bytes and cannot outlive them.
public struct ValueView: ~Escapable {
  /// The types of JSON values.
  public enum Kind: UInt8, Sendable {
    /// `null`.
    case null
    /// `true` or `false`.
    case boolean
    /// A number, of any size.
    case number
    /// A string.
    case string
    /// An object.
    case object
    /// An array.
    case array
  }

  /// The stored form: equal values under one symbol table have equal bytes.
  public let encoded: RawSpan
  /// The type of the value.
  public let kind: Kind
  @usableFromInline let tag: UInt8

  /// Reads a value from its stored form, as `encoded` gives it.
  ///
  /// Checks the value itself; what an object or array holds is checked when it is visited.
  @_lifetime(copy encoded)
  public init(encoded: RawSpan) throws(DecodeError) {
    var reader = ByteReader(encoded)
    try Self.skip(&reader)
    try reader.expectEnd()
    let tag = encoded[0]
    guard let kind = Self.kind(of: tag) else { throw DecodeError(.invalidValue, at: 0) }
    self.init(checked: encoded, tag: tag, kind: kind)
  }

  @_lifetime(copy encoded)
  @inlinable
  init(checked encoded: RawSpan, tag: UInt8, kind: Kind) {
    self.encoded = encoded
    self.tag = tag
    self.kind = kind
  }

  /// Reads the value that comes next.
  @_lifetime(copy reader)
  @_lifetime(reader: copy reader)
  @usableFromInline
  static func next(_ reader: inout ByteReader) throws(DecodeError) -> ValueView {
    let start = reader.offset
    let tag = try skip(&reader)
    let encoded = reader.span.extracting(start..<reader.offset)
    // Most values are short strings.
    if tag >= ValueTag.shortString {
      return ValueView(checked: encoded, tag: tag, kind: .string)
    }
    guard let kind = kind(of: tag) else { throw DecodeError(.invalidValue, at: start) }
    return ValueView(checked: encoded, tag: tag, kind: kind)
  }

  /// Skips one value and returns its tag; header forms included.
  @_lifetime(reader: copy reader)
  @discardableResult
  @inline(__always)
  static func skip(_ reader: inout ByteReader) throws(DecodeError) -> UInt8 {
    let tag = try reader.u8()
    if tag >= ValueTag.shortString {
      try reader.skip(Int(tag - ValueTag.shortString))
    } else if tag < ValueTag.smallInteger {
      try skipLong(tag, &reader)
    }
    return tag
  }

  /// Skips what follows a tag that says neither its value nor its length.
  @_lifetime(reader: copy reader)
  @inline(never)
  private static func skipLong(
    _ tag: UInt8, _ reader: inout ByteReader
  ) throws(DecodeError) {
    switch tag {
    case ValueTag.null, ValueTag.no, ValueTag.yes, ValueTag.absent:
      break
    case ValueTag.integer, ValueTag.milliseconds, ValueTag.seconds, ValueTag.symbol:
      _ = try reader.varint()
    case ValueTag.decimal:
      _ = try reader.u8()
      _ = try reader.varint()
    case ValueTag.number, ValueTag.string, ValueTag.object, ValueTag.array:
      let length = try reader.count()
      try reader.skip(length)
    case ValueTag.uuid:
      try reader.skip(UUIDText.storedByteCount)
    default:
      throw reader.invalid()
    }
  }

  private static func kind(of tag: UInt8) -> Kind? {
    if tag >= ValueTag.shortString { return .string }
    if tag >= ValueTag.smallInteger { return .number }
    return switch tag {
    case ValueTag.null: .null
    case ValueTag.no, ValueTag.yes: .boolean
    case ValueTag.integer, ValueTag.decimal, ValueTag.number: .number
    case ValueTag.string, ValueTag.uuid, ValueTag.milliseconds, ValueTag.seconds: .string
    case ValueTag.object: .object
    case ValueTag.array: .array
    default: nil
    }
  }
}

extension ValueView {
  /// The value of `true` and `false`; nil for other types.
  public var boolean: Bool? {
    switch tag {
    case ValueTag.yes: true
    case ValueTag.no: false
    default: nil
    }
  }

  /// The instant that a string reads; nil for other types, and for text in another form than the
  /// canonical one.
  public var instant: Timestamp? {
    guard tag == ValueTag.milliseconds || tag == ValueTag.seconds else { return nil }
    var reader = ByteReader(body)
    return try? Self.instant(tag, &reader)
  }

  /// Reads what follows the tag of an instant.
  @_lifetime(reader: copy reader)
  @inlinable
  static func instant(_ tag: UInt8, _ reader: inout ByteReader) throws(DecodeError) -> Timestamp {
    let stored = try reader.zigzag()
    if tag == ValueTag.milliseconds { return Timestamp(milliseconds: stored) }
    let (product, overflow) = stored.multipliedReportingOverflow(by: 1000)
    guard !overflow else { throw reader.invalid() }
    return Timestamp(milliseconds: product)
  }

  /// The 16 bytes of a string that is a lower-case UUID; nil for others.
  public var uuid: RawSpan? {
    @_lifetime(copy self)
    get { tag == ValueTag.uuid ? body : nil }
  }

  /// The exact value of a number; `.notANumber` for other types.
  public var decimal: FixedDecimal.Reading {
    if kind != .number { return .notANumber }
    if tag >= ValueTag.smallInteger {
      return .exact(FixedDecimal(Int64(tag - ValueTag.smallInteger)))
    }
    var reader = ByteReader(body)
    return (try? Self.number(tag, &reader)) ?? .notANumber
  }

  /// Reads what follows the tag of a number that is not in the tag.
  @_lifetime(reader: copy reader)
  @inlinable
  static func number(
    _ tag: UInt8, _ reader: inout ByteReader
  ) throws(DecodeError) -> FixedDecimal.Reading {
    switch tag {
    case ValueTag.integer:
      return .exact(FixedDecimal(try reader.zigzag()))
    case ValueTag.decimal:
      let scale = try reader.u8()
      return FixedDecimal.read(try reader.zigzag(), scale: scale)
    default:
      return FixedDecimal.read(try reader.lengthPrefixed())
    }
  }

  /// The stored form without its tag.
  var body: RawSpan {
    @_lifetime(copy self)
    get { encoded.extracting(1..<encoded.byteCount) }
  }

  /// Gives the text of a string, or the text of a number as it was sent, to `body`.
  ///
  /// Returns nil for other types. Complexity: O(length); no allocation.
  @inlinable
  public func withText<R>(_ body: (RawSpan) -> R) throws(DecodeError) -> R? {
    // Inlinable around a call that is not generic: types are not looked up at run time.
    var result: R?
    try visitText { result = body($0) }
    return result
  }

  @usableFromInline
  func visitText(_ body: (RawSpan) -> Void) throws(DecodeError) {
    if tag >= ValueTag.shortString { return body(self.body) }
    switch tag {
    case ValueTag.string, ValueTag.number:
      var reader = ByteReader(self.body)
      body(try reader.lengthPrefixed())
    default:
      var text = TextBuffer()
      if try writeShortText(to: &text) { body(text.bytes) }
    }
  }

  /// Whether this is a string, or a number as it was sent, that reads exactly `text`.
  public func equalsText(_ text: RawSpan) throws(DecodeError) -> Bool {
    if tag >= ValueTag.shortString { return body.elementsEqual(text) }
    return try withText { $0.elementsEqual(text) } ?? false
  }

  /// Appends what `withText` gives; false for types that have no text.
  @discardableResult
  public func writeText(to writer: inout ByteWriter) throws(DecodeError) -> Bool {
    if tag >= ValueTag.shortString {
      writer.append(body)
      return true
    }
    switch tag {
    case ValueTag.string, ValueTag.number:
      var reader = ByteReader(body)
      writer.append(try reader.lengthPrefixed())
      return true
    default:
      var text = TextBuffer()
      guard try writeShortText(to: &text) else { return false }
      writer.append(text.bytes)
      return true
    }
  }

  /// Writes the text of the forms that do not store it as such.
  private func writeShortText(to text: inout TextBuffer) throws(DecodeError) -> Bool {
    if tag >= ValueTag.smallInteger {
      text.write(integer: Int64(tag - ValueTag.smallInteger))
      return true
    }
    var reader = ByteReader(body)
    switch tag {
    case ValueTag.integer:
      text.write(integer: try reader.zigzag())
    case ValueTag.decimal:
      let scale = Int(try reader.u8())
      text.write(decimal: try reader.zigzag(), scale: scale)
    case ValueTag.uuid:
      UUIDText.write(try reader.bytes(UUIDText.storedByteCount), to: &text)
    case ValueTag.milliseconds:
      text.write(milliseconds: try reader.zigzag(), withFraction: true)
    case ValueTag.seconds:
      let seconds = try reader.zigzag()
      let (product, overflow) = seconds.multipliedReportingOverflow(by: 1000)
      guard !overflow else { throw reader.invalid() }
      text.write(milliseconds: product, withFraction: false)
    default:
      return false
    }
    return true
  }
}

extension ValueView {
  /// The member of an object that has the key `key`; nil if there is none, or for other types.
  ///
  /// Complexity: O(members of this object); nested ones are skipped.
  @_lifetime(copy self)
  public func value(for key: Symbol) throws(DecodeError) -> ValueView? {
    guard tag == ValueTag.object else { return nil }
    var outer = ByteReader(body)
    var members = ByteReader(try outer.lengthPrefixed())
    while !members.isAtEnd {
      let found = try members.varint32()
      if found == 0 { _ = try members.lengthPrefixed() }
      if found == key.value, found != 0 { return try Self.next(&members) }
      try Self.skip(&members)
    }
    return nil
  }

  /// Visits the members of an object in the order they were sent; nothing for other types.
  ///
  /// - Parameter body: Given the key, as a symbol or else as inline bytes, and the value.
  public func forEachMember(
    _ body: (Symbol?, RawSpan, borrowing ValueView) throws(DecodeError) -> Void
  ) throws(DecodeError) {
    guard tag == ValueTag.object else { return }
    var outer = ByteReader(self.body)
    var members = ByteReader(try outer.lengthPrefixed())
    while !members.isAtEnd {
      let number = try members.varint32()
      let inline = number == 0 ? try members.lengthPrefixed() : try members.bytes(0)
      try body(number == 0 ? nil : Symbol(number), inline, try Self.next(&members))
    }
  }

  /// Visits the elements of an array in order; nothing for other types.
  public func forEachElement(
    _ body: (borrowing ValueView) throws(DecodeError) -> Void
  ) throws(DecodeError) {
    guard tag == ValueTag.array else { return }
    var outer = ByteReader(self.body)
    var elements = ByteReader(try outer.lengthPrefixed())
    while !elements.isAtEnd { try body(try Self.next(&elements)) }
  }
}
