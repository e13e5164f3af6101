// YAML texts as trees, with what is wrong in them said in words. The one place that calls the parser.

import Yams

/// Reads YAML.
enum YAMLText {
  /// The root of a text; nil if it holds nothing.
  ///
  /// - Throws: `DefinitionError` naming file, line and column; a key that stands twice in one mapping
  ///   is an error.
  static func root(of yaml: String, file: String) throws(DefinitionError) -> Node? {
    do {
      return try Yams.compose(yaml: withoutMark(yaml))
    } catch let error as YamlError {
      throw failure(error, file)
    } catch {
      throw DefinitionError(message: "not YAML", file: file, line: 1, column: 1)
    }
  }

  /// A text without the byte order mark that some editors begin files with.
  static func withoutMark(_ text: String) -> String {
    guard text.unicodeScalars.first == "\u{FEFF}" else { return text }
    return String(text.unicodeScalars.dropFirst())
  }

  /// What YAML itself forbids, with the place that the parser reports.
  private static func failure(_ error: YamlError, _ file: String) -> DefinitionError {
    switch error {
    case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
      .composer(_, let problem, let mark, _):
      return DefinitionError(
        message: message(problem), file: file, line: mark.line, column: mark.column)
    case .duplicatedKeysInMapping(let keys, let context):
      return DefinitionError(
        message: "the key `\(keys.first ?? "")` stands more than once in one mapping; keep one",
        file: file, line: context.mark.line, column: context.mark.column)
    case .reader(let problem, _, _, _):
      return DefinitionError(message: "not YAML: \(problem)", file: file, line: 1, column: 1)
    default:
      return DefinitionError(message: "not YAML", file: file, line: 1, column: 1)
    }
  }

  private static func message(_ problem: String) -> String {
    if problem.contains("nesting level") { return "lists and mappings are nested too deep" }
    // What everybody stumbles over.
    let isColon = problem.contains("mapping values are not allowed")
    return "not YAML: \(problem)"
      + (isColon ? " (an expression with ': ' inside stands in single quotes)" : "")
  }
}
