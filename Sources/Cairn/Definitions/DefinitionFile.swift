// Definitions as files: YAML in, records out. The only place that knows the file's shape.

import Engine
import Profiles
import Yams

/// Reads definition files.
///
///     traits:
///       ltv: sum("Order Completed", properties.revenue, currency: properties.currency)
///     audiences:
///       big_spenders: ltv > 100 USD
///     consent:
///       advertising: strictest
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
    return try DefinitionReader(file: file).sections(root, isAccount: false)
  }
}

/// Reads the sections of one file.
private struct DefinitionReader: YAMLReading {
  let file: String

  /// Reads the sections `traits` and `audiences`, and at the top `consent` and `accounts`, which holds both again.
  func sections(
    _ root: Node, isAccount: Bool
  ) throws(DefinitionError) -> [DefinitionText] {
    let keys = ["traits", "audiences"] + (isAccount ? [] : ["consent", "accounts"])
    let keyText = keys.map { "`\($0)`" }.joined(separator: ", ")
    guard let sections = root.mapping else {
      throw failure("the keys here are \(keyText)", root)
    }
    var result: [DefinitionText] = []
    for (key, value) in sections {
      let kind: DefinitionRecord.Kind
      switch key.string {
      case "traits": kind = isAccount ? .accountTrait : .trait
      case "audiences": kind = isAccount ? .accountAudience : .audience
      case "consent" where !isAccount:
        if !value.isNull { result += try ConsentReader(file: file).categories(value) }
        continue
      case "accounts" where !isAccount:
        if !value.isNull { result += try self.sections(value, isAccount: true) }
        continue
      default:
        let near = key.string.flatMap { NearName.of($0, among: keys) }
        throw failure(
          "unknown key; the keys here are \(keyText)"
            + (near.map { "; did you mean \($0)?" } ?? ""), key)
      }
      if value.isNull { continue }
      guard let entries = value.mapping else {
        throw failure("must map each name to an expression", value)
      }
      for (name, expression) in entries {
        result.append(try definition(kind, name, expression))
      }
    }
    return result
  }

  private func definition(
    _ kind: DefinitionRecord.Kind, _ name: Node, _ expression: Node
  ) throws(DefinitionError) -> DefinitionText {
    guard let nameText = name.scalar?.string else {
      throw failure("a name must be plain text", name)
    }
    guard let scalar = expression.scalar else {
      throw failure("`\(nameText)` must be an expression on one line or a block", expression)
    }
    let place = expression.place
    // The text of a quoted scalar starts one column after its quotation mark.
    let quoted = scalar.style == .singleQuoted || scalar.style == .doubleQuoted
    return DefinitionText(
      kind: kind, name: nameText, text: scalar.string, file: file, line: place.line,
      column: place.column + (quoted ? 1 : 0))
  }
}
