// One form for equal values, as JSON Schema understands equality: `1` is `1.0`, and the order of an
// object's members makes no difference. For lists and objects in `enum`, and for `uniqueItems`.

import Bytes

/// Writes values so that two are equal if and only if their bytes are.
enum CanonicalValue {
  /// Appends the form of a value.
  ///
  /// Complexity: O(value), and the sorting of the members of each object.
  static func write(
    _ value: borrowing ValueView, to bytes: inout [UInt8], depth: Int = 0
  ) throws(DecodeError) {
    guard depth <= ValueView.depthMax else { throw DecodeError(.invalidValue, at: 0) }
    switch value.kind {
    case .null: bytes.append(UInt8(ascii: "n"))
    case .boolean: bytes.append(UInt8(ascii: value.boolean == true ? "t" : "f"))
    case .number:
      _ = try value.withText { DecimalView($0)?.writeCanonical(to: &bytes) }
      bytes.append(UInt8(ascii: ";"))
    case .string:
      _ = try value.withText { text in
        bytes += Array("\"\(text.byteCount):".utf8)
        bytes.append(text)
      }
    case .array:
      bytes.append(UInt8(ascii: "["))
      try value.forEachElement { element throws(DecodeError) in
        try write(element, to: &bytes, depth: depth + 1)
      }
      bytes.append(UInt8(ascii: "]"))
    case .object:
      var members: [[UInt8]] = []
      try value.forEachMember { (key, text, member) throws(DecodeError) in
        var form: [UInt8] = []
        if let key {
          form += Array("#\(key.value):".utf8)
        } else {
          form += Array("\"\(text.byteCount):".utf8)
          form.append(text)
        }
        try write(member, to: &form, depth: depth + 1)
        members.append(form)
      }
      members.sort { $0.lexicographicallyPrecedes($1) }
      bytes.append(UInt8(ascii: "{"))
      for member in members { bytes += member }
      bytes.append(UInt8(ascii: "}"))
    }
  }
}
