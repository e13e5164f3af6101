// Characters of data that change how the text around them is shown.

/// Whether a scalar can change how the text around it is shown.
package func isHarmful(_ scalar: Unicode.Scalar) -> Bool {
  switch scalar.value {
  case 0..<0x20, 0x7F..<0xA0: true  // C0, DEL, C1
  case 0x061C, 0x200B...0x200F, 0x202A...0x202E, 0x2060...0x2069: true  // direction, no width
  case 0x2028, 0x2029, 0xFEFF, 0xFFF9...0xFFFB: true  // line ends, marks, annotations
  case 0xE0000...0xE007F: true  // tags, which no font shows
  default: false
  }
}
