// Text from data, made harmless for a terminal. An event's property is chosen by strangers; printed
// as it is, it could move the cursor, set the title or reverse the order of the rest of the line.

import Cairn

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
