// Texts of the log are compared as they are stored. Swift's `==` takes composed and decomposed letters
// for the same; in events, where definitions look for them, they are not.

extension String {
  /// Whether both texts have the same UTF-8.
  package func hasSameBytes(as other: String) -> Bool { utf8.elementsEqual(other.utf8) }
}
