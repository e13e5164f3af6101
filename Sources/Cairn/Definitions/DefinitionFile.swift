// Definitions as files: YAML in, records out. The only place that knows the file's shape.

import Profiles
import Yams

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
}

/// Reads definition files.
///
///     traits:
///       ltv: sum("Order Completed", properties.revenue, currency: properties.currency)
///     audiences:
///       big_spenders: ltv > 100 USD
///     accounts:
///       audiences:
///         busy: at least 3 members(performed("Signed In", last 7d))
public enum DefinitionFile {
  /// Reads the definitions of one YAML text, in file order.
  ///
  /// - Throws: `DefinitionError` naming file, line and column.
  public static func read(
    _ yaml: String, file: String
  ) throws(DefinitionError) -> [DefinitionText] {
    guard let root = try YAMLText.root(of: yaml, file: file) else { return [] }
    return try sections(root, isAccount: false, file)
  }

  /// Reads the sections `traits` and `audiences`, and at the top `accounts`, which holds both again.
  private static func sections(
    _ root: Node, isAccount: Bool, _ file: String
  ) throws(DefinitionError) -> [DefinitionText] {
    let keys = ["traits", "audiences"] + (isAccount ? [] : ["accounts"])
    let keyText = keys.map { "`\($0)`" }.joined(separator: ", ")
    guard let sections = root.mapping else {
      throw failure("here stand the keys \(keyText)", root, file)
    }
    var result: [DefinitionText] = []
    for (key, value) in sections {
      let kind: DefinitionRecord.Kind
      switch key.string {
      case "traits": kind = isAccount ? .accountTrait : .trait
      case "audiences": kind = isAccount ? .accountAudience : .audience
      case "accounts" where !isAccount:
        if !value.isNull { result += try self.sections(value, isAccount: true, file) }
        continue
      default:
        let near = key.string.flatMap { NearName.of($0, among: keys) }
        throw failure(
          "unknown key; here stand \(keyText)" + (near.map { "; did you mean \($0)?" } ?? ""), key,
          file)
      }
      if value.isNull { continue }
      guard let entries = value.mapping else {
        throw failure("must map each name to an expression", value, file)
      }
      for (name, expression) in entries {
        result.append(try definition(kind, name, expression, file))
      }
    }
    return result
  }

  private static func definition(
    _ kind: DefinitionRecord.Kind, _ name: Node, _ expression: Node, _ file: String
  ) throws(DefinitionError) -> DefinitionText {
    guard let nameText = name.scalar?.string else {
      throw failure("a name must be plain text", name, file)
    }
    guard let scalar = expression.scalar else {
      throw failure("`\(nameText)` must be an expression on one line or a block", expression, file)
    }
    let mark = expression.mark
    // The text of a quoted scalar starts one column after its quotation mark.
    let quoted = scalar.style == .singleQuoted || scalar.style == .doubleQuoted
    return DefinitionText(
      kind: kind, name: nameText, text: scalar.string, file: file, line: mark?.line ?? 1,
      column: (mark?.column ?? 1) + (quoted ? 1 : 0))
  }

  private static func failure(_ message: String, _ node: Node, _ file: String) -> DefinitionError {
    DefinitionError(
      message: message, file: file, line: node.mark?.line ?? 1, column: node.mark?.column ?? 1)
  }
}
