// A plan as a tree of values with their places, whether it was written as YAML or as JSON.

/// A value in a plan's file.
final class PlanValue: Sendable {
  enum Content: Sendable {
    case null
    case boolean(Bool)
    /// As it is spelled.
    case number(String)
    /// Plain if it stands without quotes in YAML.
    case text(String, isPlain: Bool)
    case list([PlanValue])
    /// No name twice.
    case map([Member])
  }

  struct Member: Sendable {
    var name: String
    /// The place of the name.
    var line: Int
    var column: Int
    var value: PlanValue
  }

  let content: Content
  /// From 1.
  let line: Int
  /// From 1.
  let column: Int

  init(_ content: Content, line: Int, column: Int) {
    self.content = content
    self.line = line
    self.column = column
  }

  /// The text of a string.
  var text: String? {
    if case .text(let text, _) = content { return text }
    return nil
  }

  /// A name: a string, or what stands there without quotes.
  var name: String? {
    switch content {
    case .text(let text, _), .number(let text): text
    case .boolean(let flag): flag ? "true" : "false"
    case .null: "null"
    case .list, .map: nil
    }
  }

  var boolean: Bool? {
    if case .boolean(let flag) = content { return flag }
    return nil
  }

  var list: [PlanValue]? {
    if case .list(let list) = content { return list }
    return nil
  }

  var map: [Member]? {
    if case .map(let map) = content { return map }
    return nil
  }

  /// The value of a name in a mapping.
  subscript(_ name: String) -> PlanValue? {
    map?.first { $0.name.utf8.elementsEqual(name.utf8) }?.value
  }
}
