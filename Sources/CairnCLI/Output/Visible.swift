// Text from data, made harmless for a terminal. An event's property is chosen by strangers; printed
// as it is, it could move the cursor, set the title or reverse the order of the rest of the line.

/// `text` with every control and direction character replaced by its escape, `\n` or `\u{1B}`.
///
/// Complexity: O(n); returns `text` itself when nothing has to be replaced.
func visible(_ text: String) -> String {
  guard text.unicodeScalars.contains(where: isHarmful) else { return text }
  var result = ""
  for scalar in text.unicodeScalars {
    guard isHarmful(scalar) else {
      result.unicodeScalars.append(scalar)
      continue
    }
    switch scalar {
    case "\n": result += "\\n"
    case "\r": result += "\\r"
    case "\t": result += "\\t"
    default: result += "\\u{\(String(scalar.value, radix: 16, uppercase: true))}"
    }
  }
  return result
}

/// Whether a scalar can change how the text around it is shown.
func isHarmful(_ scalar: Unicode.Scalar) -> Bool {
  switch scalar.value {
  case 0..<0x20, 0x7F..<0xA0: true  // C0, DEL, C1
  case 0x061C, 0x200B...0x200F, 0x202A...0x202E, 0x2060...0x2069: true  // direction, no width
  case 0x2028, 0x2029, 0xFEFF, 0xFFF9...0xFFFB: true  // line ends, marks, annotations
  case 0xE0000...0xE007F: true  // tags, which no font shows
  default: false
  }
}
