// What is wrong with the text of a definition, reported so that its author can repair it. The text was
// written by the operator of the store, so that it may be quoted; customer data never gets here.

/// A place in the text of a definition.
public struct SourcePosition: Hashable, Sendable {
  /// The line, from 1.
  public var line: Int
  /// The column in Unicode scalars, from 1.
  public var column: Int

  /// Makes a position; both numbers start at 1.
  public init(line: Int, column: Int) {
    self.line = line
    self.column = column
  }

  /// The first place of a text.
  public static let start = SourcePosition(line: 1, column: 1)
}

/// A definition that cannot be read or does not make sense.
public struct LanguageError: Error, Hashable, Sendable, CustomStringConvertible {
  /// Where in the text of the definition.
  public var position: SourcePosition
  /// What is wrong and what to write instead, as a clause without a full stop.
  public var message: String
  /// A name that was probably meant.
  public var suggestion: String?

  /// Makes an error at a place.
  public init(_ message: String, at position: SourcePosition, suggestion: String? = nil) {
    self.message = message
    self.position = position
    self.suggestion = suggestion
  }

  /// What is wrong and the name that was probably meant, without the place.
  public var explanation: String {
    suggestion.map { "\(message); did you mean \($0)?" } ?? message
  }

  /// One line: the place, what is wrong, and the name that was probably meant.
  public var description: String {
    "line \(position.line), column \(position.column): \(explanation)"
  }
}
