// A value taken from an event and kept: what `first` and `last` select. It is self-contained, so
// that a cell does not depend on the event codec or on the store's symbols.

import Bytes

/// A value of an event's field, never null.
public enum FieldValue: Hashable, Sendable {
  /// A text, as UTF-8.
  case string([UInt8])
  /// A number, as the text that was sent.
  case number([UInt8])
  /// `true` or `false`.
  case bool(Bool)
  /// An object or a list, as JSON.
  case json([UInt8])

  /// The bytes that `encode` writes.
  var encodedByteCount: Int {
    switch self {
    case .string(let bytes), .number(let bytes), .json(let bytes): bytes.count + Self.tagByteCount
    case .bool: Self.tagByteCount
    }
  }

  /// How many bytes stand before the text.
  static let tagByteCount = 1
  private static let stringTag: UInt8 = 1

  /// The tag that stands before the text.
  private var tag: UInt8 {
    switch self {
    case .string: Self.stringTag
    case .number: 2
    case .bool(let value): value ? 4 : 3
    case .json: 5
    }
  }

  /// Writes a tag (1 string, 2 number, 3 false, 4 true, 5 JSON), then the text.
  func encode(to writer: inout ByteWriter) {
    writer.u8(tag)
    switch self {
    case .string(let bytes), .number(let bytes), .json(let bytes): writer.append(bytes)
    case .bool: break
    }
  }

  /// Writes what `encode` writes over the bytes at `offset`.
  func store<Value: CellBytes & ~Copyable>(in value: inout Value, at offset: Int) {
    value.store(tag, at: offset)
    switch self {
    case .string(let bytes), .number(let bytes), .json(let bytes):
      value.replace(at: offset + 1, with: bytes.span.bytes)
    case .bool: break
    }
  }

  /// Writes a text as `store` does that of a string.
  static func store<Value: CellBytes & ~Copyable>(
    _ text: ShortText, in value: inout Value, at offset: Int
  ) {
    value.store(stringTag, at: offset)
    text.withBytes { value.replace(at: offset + tagByteCount, with: $0) }
  }

  /// Reads what `encode` wrote; the text goes to the end of `bytes`.
  init(decoding bytes: RawSpan) throws(DecodeError) {
    guard bytes.byteCount > 0 else { throw DecodeError(.truncated, at: 0) }
    let text = bytes.extracting(1..<bytes.byteCount)
    switch bytes[0] {
    case 1: self = .string(text.toArray())
    case 2: self = .number(text.toArray())
    case 3 where text.byteCount == 0: self = .bool(false)
    case 4 where text.byteCount == 0: self = .bool(true)
    case 5: self = .json(text.toArray())
    default: throw DecodeError(.invalidValue, at: 0)
    }
  }
}

extension FieldValue: CustomStringConvertible {
  /// The text as a person reads it: without quotes around strings.
  public var description: String {
    switch self {
    case .string(let bytes), .number(let bytes), .json(let bytes):
      String(decoding: bytes, as: UTF8.self)
    case .bool(let value): value ? "true" : "false"
    }
  }
}

extension FieldValue {
  /// The same value with numbers in one form, so that `1`, `1.0` and `1e0` are one value.
  var canonical: FieldValue {
    guard case .number(let text) = self else { return self }
    if case .exact(let number) = FixedDecimal.read(text.span.bytes) {
      return .number(Array(number.description.utf8))
    }
    return DecimalText(text.span.bytes).map { .number(Array($0.description.utf8)) } ?? self
  }

  /// The characters of the value: a number and a text of the same characters are one key.
  var text: [UInt8] {
    switch self {
    case .string(let bytes), .number(let bytes), .json(let bytes): bytes
    case .bool(let value): Array((value ? "true" : "false").utf8)
    }
  }
}
