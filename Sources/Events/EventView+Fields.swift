// Every field of a stored event in turn, for who wants values and not JSON.

import Bytes

/// One field of an event, or of an object or array within it.
public struct StoredField: ~Escapable {
  /// How deep it is: 1 for a member of the event itself.
  public let depth: Int
  /// The key, as UTF-8; empty for an element of an array.
  public let key: RawSpan
  /// The value; what an object or an array holds comes next, one deeper.
  public let value: ValueView

  @_lifetime(copy key, copy value)
  init(depth: Int, key: RawSpan, value: consuming ValueView) {
    self.depth = depth
    self.key = key
    self.value = value
  }
}

extension EventView {
  /// Visits every field in the order in which `writeJSON` writes them, whatever holds it before what it
  /// holds.
  ///
  /// All but `type` and `event`, which `type` and `withName` give. A symbol without a name is damage:
  /// `invalidValue` is thrown then.
  ///
  /// Complexity: O(fields); no allocation.
  public func visitFields(
    names: SymbolNames, _ body: (borrowing StoredField) -> Void
  ) throws(DecodeError) {
    if !idIsDerived { try Self.visit(.messageID, try messageID, names, body) }
    if let value = try userID { try Self.visit(.userID, value, names, body) }
    if let value = try anonymousID { try Self.visit(.anonymousID, value, names, body) }
    if let value = try sentTimestamp { try Self.visit(.timestamp, value, names, body) }
    if let value = try originalTimestamp { try Self.visit(.originalTimestamp, value, names, body) }
    if let value = try sentAt { try Self.visit(.sentAt, value, names, body) }
    let rest = try rest
    guard rest.kind == .object else { throw DecodeError(.invalidValue, at: 0) }
    try rest.visitContents(names: names, depth: 1, body)
  }

  private static func visit(
    _ key: WellKnownSymbol, _ value: borrowing ValueView, _ names: SymbolNames,
    _ body: (borrowing StoredField) -> Void
  ) throws(DecodeError) {
    let encoded = value.encoded
    let (tag, kind) = (value.tag, value.kind)
    let isKnown: Void? = names.withName(of: key.symbol) { name in
      body(
        StoredField(
          depth: 1, key: name, value: ValueView(checked: encoded, tag: tag, kind: kind)))
    }
    guard isKnown != nil else { throw DecodeError(.invalidValue, at: 0) }
    try value.visitContents(names: names, depth: 2, body)
  }
}

extension ValueView {
  /// Visits what an object or an array holds, at `depth`, and what that holds; nothing for other types.
  fileprivate func visitContents(
    names: SymbolNames, depth: Int, _ body: (borrowing StoredField) -> Void
  ) throws(DecodeError) {
    guard kind == .object || kind == .array else { return }
    guard depth <= Self.depthMax else { throw DecodeError(.invalidValue, at: 0) }
    var outer = ByteReader(self.body)
    var contents = ByteReader(try outer.lengthPrefixed())
    while !contents.isAtEnd {
      let key = kind == .object ? try contents.varint32() : 0
      if kind == .array || key == 0 {
        let inline = kind == .object ? try contents.lengthPrefixed() : try contents.bytes(0)
        let value = try Self.next(&contents)
        body(
          StoredField(
            depth: depth, key: inline,
            value: ValueView(checked: value.encoded, tag: value.tag, kind: value.kind)))
        try value.visitContents(names: names, depth: depth + 1, body)
      } else {
        let value = try Self.next(&contents)
        let (encoded, tag, kind) = (value.encoded, value.tag, value.kind)
        let isKnown: Void? = names.withName(of: Symbol(key)) { name in
          body(
            StoredField(
              depth: depth, key: name, value: ValueView(checked: encoded, tag: tag, kind: kind)))
        }
        guard isKnown != nil else { throw contents.invalid() }
        try value.visitContents(names: names, depth: depth + 1, body)
      }
    }
  }
}
