// The values of `enum` and `const`, made ready to be looked for.

import Bytes

/// A value that a schema names.
public indirect enum SchemaConstant: Sendable {
  /// `null`.
  case null
  /// `true` or `false`.
  case boolean(Bool)
  /// A number, spelled as JSON spells numbers.
  case number(String)
  /// A string.
  case text(String)
  /// A list.
  case list([SchemaConstant])
  /// An object; no key twice.
  case object([(key: Symbol, value: SchemaConstant)])
}

/// Values one of which an event's value must equal.
public struct SchemaConstants: Sendable {
  /// Up to so many are compared one after the other, without a copy of the value.
  private static let linearMax = 16

  private var hasNull = false
  private var hasTrue = false
  private var hasFalse = false
  /// Sorted, without duplicates.
  private var texts: [[UInt8]] = []
  private var numbers: [SchemaNumber] = []
  /// Numbers, if there are many, lists and objects, in canonical form.
  private var forms: Set<[UInt8]> = []
  /// The keyword that names them, `enum` or `const`.
  let keyword: String

  /// Makes values ready.
  ///
  /// - Parameter keyword: What a violation is called.
  /// - Returns: nil if a number is not spelled as JSON spells numbers.
  public init?(_ constants: [SchemaConstant], keyword: String) {
    self.keyword = keyword
    var texts: Set<[UInt8]> = []
    let numberCount = constants.count { if case .number = $0 { true } else { false } }
    for constant in constants {
      switch constant {
      case .null: hasNull = true
      case .boolean(let flag):
        if flag { hasTrue = true } else { hasFalse = true }
      case .text(let text): texts.insert(Array(text.utf8))
      case .number(let text) where numberCount <= Self.linearMax:
        guard let number = SchemaNumber(text) else { return nil }
        numbers.append(number)
      case .number, .list, .object:
        var buffer = PayloadBuffer()
        guard Self.encode(constant, to: &buffer) else { return nil }
        var form: [UInt8] = []
        do throws(DecodeError) {
          try CanonicalValue.write(ValueView(encoded: buffer.bytes), to: &form)
        } catch { return nil }
        forms.insert(form)
      }
    }
    self.texts = texts.sorted { $0.lexicographicallyPrecedes($1) }
  }

  /// Whether one of them equals a value.
  ///
  /// Complexity: O(log of their number), or a copy of the value if it is a list or an object.
  func contains(_ value: borrowing ValueView) throws(DecodeError) -> Bool {
    switch value.kind {
    case .null: return hasNull
    case .boolean: return value.boolean == true ? hasTrue : hasFalse
    case .string:
      if texts.count <= Self.linearMax {
        for text in texts where try value.equalsText(text.span.bytes) { return true }
        return false
      }
      return try value.withText { find($0) } ?? false
    case .number:
      for number in numbers where try number.compare(value) == 0 { return true }
    case .array, .object: break
    }
    guard !forms.isEmpty else { return false }
    var form: [UInt8] = []
    try CanonicalValue.write(value, to: &form)
    return forms.contains(form)
  }

  private func find(_ text: RawSpan) -> Bool {
    var (low, high) = (0, texts.count)
    while low < high {
      let middle = (low + high) / 2
      let candidate = texts[middle]
      let order = Self.compare(candidate.span.bytes, text)
      if order == 0 { return true }
      if order < 0 { low = middle + 1 } else { high = middle }
    }
    return false
  }

  private static func compare(_ a: RawSpan, _ b: RawSpan) -> Int {
    for index in 0..<min(a.byteCount, b.byteCount) where a[index] != b[index] {
      return a[index] < b[index] ? -1 : 1
    }
    return a.byteCount - b.byteCount
  }

  private static func encode(_ constant: SchemaConstant, to buffer: inout PayloadBuffer) -> Bool {
    switch constant {
    case .null: buffer.put(ValueTag.null)
    case .boolean(let flag): buffer.put(flag ? ValueTag.yes : ValueTag.no)
    case .number(let text):
      let bytes = Array(text.utf8)
      return buffer.putNumber(bytes.span.bytes, 0..<bytes.count)
    case .text(let text):
      let bytes = Array(text.utf8)
      buffer.putString(bytes.span.bytes)
    case .list(let elements):
      let start = buffer.begin(ValueTag.array)
      for element in elements {
        guard encode(element, to: &buffer) else { return false }
      }
      buffer.end(start)
    case .object(let members):
      let start = buffer.begin(ValueTag.object)
      for member in members {
        buffer.putVarint(UInt64(member.key.value))
        guard encode(member.value, to: &buffer) else { return false }
      }
      buffer.end(start)
    }
    return true
  }
}
