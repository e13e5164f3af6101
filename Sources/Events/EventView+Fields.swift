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
  @inline(__always)
  init(depth: Int, key: RawSpan, value: ValueView) {
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
    try names.withLowNames { (low) throws(DecodeError) in
      let names = KnownNames(low: low, all: names)
      if !idIsDerived { try Self.visit(WellKnownSymbol.messageID, try messageID, names, body) }
      if let value = try userID { try Self.visit(WellKnownSymbol.userID, value, names, body) }
      if let value = try anonymousID {
        try Self.visit(WellKnownSymbol.anonymousID, value, names, body)
      }
      if let value = try sentTimestamp {
        try Self.visit(WellKnownSymbol.timestamp, value, names, body)
      }
      if let value = try originalTimestamp {
        try Self.visit(WellKnownSymbol.originalTimestamp, value, names, body)
      }
      if let value = try sentAt { try Self.visit(WellKnownSymbol.sentAt, value, names, body) }
      let rest = try rest
      guard rest.kind == .object else { throw DecodeError(.invalidValue, at: 0) }
      try rest.visitContents(names, depth: 1, body)
    }
  }

  private static func visit(
    _ key: WellKnownSymbol, _ value: borrowing ValueView, _ names: borrowing KnownNames,
    _ body: (borrowing StoredField) -> Void
  ) throws(DecodeError) {
    try value.visit(key.rawValue, names, depth: 1, body)
  }
}

/// The names of keys, the usual ones at hand.
private struct KnownNames: ~Escapable {
  let low: LowNames
  let all: SymbolNames

  @_lifetime(copy low)
  init(low: borrowing LowNames, all: SymbolNames) {
    self.low = copy low
    self.all = all
  }
}

extension ValueView {
  /// Visits the value under its key, and then what it holds.
  @inline(__always)
  fileprivate func visit(
    _ key: UInt32, _ names: borrowing KnownNames, depth: Int,
    _ body: (borrowing StoredField) -> Void
  ) throws(DecodeError) {
    if let name = names.low.name(of: key) {
      body(StoredField(depth: depth, key: name, value: self))
    } else {
      var isKnown = false
      names.all.visitName(of: Symbol(key)) { name in
        isKnown = true
        body(StoredField(depth: depth, key: name, value: self))
      }
      guard isKnown else { throw DecodeError(.invalidValue, at: 0) }
    }
    if tag == ValueTag.object || tag == ValueTag.array {
      try visitContents(names, depth: depth + 1, body)
    }
  }

  /// Visits what an object or an array holds, at `depth`, and what that holds.
  fileprivate func visitContents(
    _ names: borrowing KnownNames, depth: Int, _ body: (borrowing StoredField) -> Void
  ) throws(DecodeError) {
    guard depth <= Self.depthMax else { throw DecodeError(.invalidValue, at: 0) }
    var outer = ByteReader(self.body)
    var contents = ByteReader(try outer.lengthPrefixed())
    let isObject = tag == ValueTag.object
    while !contents.isAtEnd {
      let key = isObject ? try contents.varint32() : 0
      guard key == 0 else {
        try Self.next(&contents).visit(key, names, depth: depth, body)
        continue
      }
      let inline = isObject ? try contents.lengthPrefixed() : try contents.bytes(0)
      let value = try Self.next(&contents)
      body(StoredField(depth: depth, key: inline, value: value))
      if value.tag == ValueTag.object || value.tag == ValueTag.array {
        try value.visitContents(names, depth: depth + 1, body)
      }
    }
  }
}
