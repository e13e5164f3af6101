// A definition before it is checked.

/// One definition as a file says it, with the place for error messages.
public struct DefinitionText: Sendable {
  /// What is defined.
  public var kind: DefinitionRecord.Kind
  /// Its name.
  public var name: String
  /// Its expression.
  public var text: String
  /// The file it stands in.
  public var file: String
  /// The line of the expression, from 1.
  public var line: Int
  /// The column of the expression, from 1.
  public var column: Int

  /// Makes a definition that stands in a file, or in what takes a file's place.
  public init(
    kind: DefinitionRecord.Kind, name: String, text: String, file: String, line: Int = 1,
    column: Int = 1
  ) {
    self.kind = kind
    self.name = name
    self.text = text
    self.file = file
    self.line = line
    self.column = column
  }
}
