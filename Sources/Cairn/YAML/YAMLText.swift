// YAML texts as trees, with readable errors. The one place that calls the parser.

import Engine
import Yams

/// Reads YAML.
enum YAMLText {
  /// The most values in one text, those that YAML repeats by `*name` included.
  private static let valuesMax = 1_000_000
  /// How deep lists and mappings may nest.
  private static let depthMax = 200

  /// The root of a text; nil if it holds nothing.
  ///
  /// - Throws: `DefinitionError` naming file, line and column; a key that occurs twice in one
  ///   mapping is an error, and so is a merge key.
  static func root(of yaml: String, file: String) throws(DefinitionError) -> Node? {
    let root: Node?
    do {
      root = try Yams.compose(yaml: withoutMark(yaml))
    } catch let error as YamlError {
      throw failure(error, file)
    } catch {
      throw DefinitionError(message: "not YAML", file: file, line: 1, column: 1)
    }
    var count = 0
    if let root { try check(root, depth: 1, &count, file) }
    return root
  }

  /// Refuses merge keys, which YAML 1.2 does not have: where any name may stand they would pass for one.
  private static func check(
    _ node: Node, depth: Int, _ count: inout Int, _ file: String
  ) throws(DefinitionError) {
    count += 1
    guard count <= valuesMax else { throw failure("there are too many values", node, file) }
    guard depth <= depthMax else { throw failure(tooDeep, node, file) }
    switch node {
    case .scalar, .alias: break
    case .sequence(let list):
      for item in list { try check(item, depth: depth + 1, &count, file) }
    case .mapping(let mapping):
      for (key, value) in mapping {
        if key.scalar?.string == "<<", key.scalar?.style == .plain {
          throw failure(
            "merge keys are not supported; write the entries out, or `'<<'` in quotes if it is a name",
            key, file)
        }
        try check(value, depth: depth + 1, &count, file)
      }
    }
  }

  private static let tooDeep = "lists and mappings are nested too deep"

  private static func failure(_ message: String, _ node: Node, _ file: String) -> DefinitionError {
    DefinitionError(
      message: message, file: file, line: node.mark?.line ?? 1, column: node.mark?.column ?? 1)
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
        message: "the key `\(keys.first ?? "")` occurs more than once in one mapping; keep one",
        file: file, line: context.mark.line, column: context.mark.column)
    case .reader(let problem, _, _, _):
      return DefinitionError(message: "not YAML: \(problem)", file: file, line: 1, column: 1)
    default:
      return DefinitionError(message: "not YAML", file: file, line: 1, column: 1)
    }
  }

  private static func message(_ problem: String) -> String {
    if problem.contains("nesting level") { return tooDeep }
    // The most common mistake.
    let isColon = problem.contains("mapping values are not allowed")
    return "not YAML: \(problem)"
      + (isColon ? " (put an expression that contains ': ' in single quotes)" : "")
  }
}
