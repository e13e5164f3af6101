// A small reader of JSON Schema, enough for the schemas of docs/schemas, and stricter in one point:
// a member that a schema does not name is an error here, so that the schemas stay complete. Programs that
// read the output should pass over members they do not know.

import Foundation

/// Checks values against one schema.
struct SchemaCheck {
  private let root: [String: Any]

  /// - Parameter file: A JSON Schema.
  init(_ file: URL) throws {
    let value = try JSONSerialization.jsonObject(with: Data(contentsOf: file))
    root = value as? [String: Any] ?? [:]
  }

  /// What is wrong with a text of JSON, each with its path; empty if nothing is.
  func problems(of text: String) throws -> [String] {
    let value = try JSONSerialization.jsonObject(
      with: Data(text.utf8), options: .fragmentsAllowed)
    return problems(value, root, "$")
  }

  private func problems(_ value: Any, _ schema: [String: Any], _ path: String) -> [String] {
    if let name = (schema["$ref"] as? String)?.split(separator: "/").last.map(String.init),
      let target = (root["$defs"] as? [String: Any])?[name] as? [String: Any]
    {
      return problems(value, target, path)
    }
    if let choices = schema["anyOf"] as? [[String: Any]] {
      let found = choices.map { problems(value, $0, path) }
      return found.contains { $0.isEmpty } ? [] : found.min { $0.count < $1.count } ?? []
    }
    if let types = schema["type"], !Self.names(types).contains(where: { Self.isType($0, value) }) {
      return ["\(path): \(value) is not \(Self.names(types).joined(separator: " or "))"]
    }
    if let object = value as? [String: Any] { return members(object, schema, path) }
    if let list = value as? [Any], let items = schema["items"] as? [String: Any] {
      return list.enumerated().flatMap { problems($1, items, "\(path)[\($0)]") }
    }
    if let text = value as? String { return self.text(text, schema, path) }
    if let least = schema["minimum"] as? Int, let number = value as? NSNumber,
      number.doubleValue < Double(least)
    {
      return ["\(path): \(number) is below \(least)"]
    }
    return []
  }

  private func members(
    _ object: [String: Any], _ schema: [String: Any], _ path: String
  ) -> [String] {
    guard schema["properties"] != nil || schema["additionalProperties"] != nil else { return [] }
    let properties = schema["properties"] as? [String: [String: Any]] ?? [:]
    let others = schema["additionalProperties"] as? [String: Any]
    let required = schema["required"] as? [String] ?? []
    var found = required.filter { object[$0] == nil }.map { "\(path): \($0) is missing" }
    for (name, value) in object.sorted(by: { $0.key < $1.key }) {
      if let member = properties[name] ?? others {
        found += problems(value, member, "\(path).\(name)")
      } else {
        found.append("\(path): \(name) is not in the schema")
      }
    }
    return found
  }

  private func text(_ text: String, _ schema: [String: Any], _ path: String) -> [String] {
    if let values = schema["enum"] as? [Any], !values.contains(where: { $0 as? String == text }) {
      return ["\(path): \(text) is not one of \(values)"]
    }
    if let pattern = schema["pattern"] as? String,
      text.range(of: pattern, options: .regularExpression) == nil
    {
      return ["\(path): \(text) does not match \(pattern)"]
    }
    let instant = #"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z$"#
    if schema["format"] as? String == "date-time",
      text.range(of: instant, options: .regularExpression) == nil
    {
      return ["\(path): \(text) is not an instant"]
    }
    return []
  }

  private static func names(_ types: Any) -> [String] {
    types as? [String] ?? (types as? String).map { [$0] } ?? []
  }

  private static func isType(_ name: String, _ value: Any) -> Bool {
    let number = value as? NSNumber
    // On Linux a boolean is a number as well, with the type of a C boolean.
    let isFlag = number.map { String(cString: $0.objCType) == "c" } ?? false
    switch name {
    case "object": return value is [String: Any]
    case "array": return value is [Any]
    case "string": return value is String
    case "boolean": return isFlag
    case "null": return value is NSNull
    case "number": return number != nil && !isFlag
    case "integer":
      return !isFlag && number.map { $0.doubleValue == $0.doubleValue.rounded() } ?? false
    default: return false
    }
  }
}
