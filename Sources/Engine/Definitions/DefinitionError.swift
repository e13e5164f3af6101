// What is wrong in a file of definitions, rules, a mapping or a plan.

/// A definition that cannot be accepted, and where it stands.
public struct DefinitionError: Error, Sendable {
  /// What is wrong and what would be right.
  public var message: String
  /// The file it stands in.
  public var file: String
  /// The line, from 1.
  public var line: Int
  /// The column, from 1.
  public var column: Int

  package init(message: String, file: String, line: Int, column: Int) {
    self.message = message
    self.file = file
    self.line = line
    self.column = column
  }
}
