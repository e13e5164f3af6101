// The values of the keywords of schemas: lists, types, numbers, counts and constants.

import Bytes
import Engine
import Events

extension SchemaCompiler {
  func list(_ value: PlanValue) throws(DefinitionError) -> [PlanValue] {
    guard let list = value.list else { throw reader.failure("must be a list", value) }
    return list
  }

  func entries(_ value: PlanValue) throws(DefinitionError) -> [PlanValue.Member] {
    try reader.entries(value)
  }

  func symbols(_ value: PlanValue) throws(DefinitionError) -> [Symbol] {
    var result: [Symbol] = []
    for item in try list(value) { result.append(try reader.symbol(item)) }
    return result
  }

  func types(_ value: PlanValue) throws(DefinitionError) -> SchemaNode.Types {
    var types: SchemaNode.Types = []
    let names = value.list ?? [value]
    guard !names.isEmpty else { throw reader.failure("must name at least one type", value) }
    for item in names {
      switch item.name {
      case "null": types.insert(.null)
      case "boolean": types.insert(.boolean)
      case "number": types.formUnion([.number, .integer])
      case "integer": types.insert(.integer)
      case "string": types.insert(.string)
      case "object": types.insert(.object)
      case "array": types.insert(.array)
      case "any": return []
      default:
        throw reader.failure(
          "must be null, boolean, number, integer, string, object, array or any", item)
      }
    }
    return types
  }

  /// The text of a number; where only a number can stand, also as YAML spells it without JSON.
  func numberText(_ value: PlanValue) -> String? {
    switch value.content {
    case .number(let text): text
    case .text(let text, isPlain: true): text
    default: nil
    }
  }

  func number(_ value: PlanValue) throws(DefinitionError) -> SchemaNumber {
    guard let number = numberText(value).flatMap({ SchemaNumber($0) }) else {
      throw reader.failure("must be a number", value)
    }
    return number
  }

  func count(_ value: PlanValue) throws(DefinitionError) -> Int {
    let bytes = Array((numberText(value) ?? "").utf8)
    let problem = reader.failure("must be a count", value)
    guard let number = DecimalView(bytes.span.bytes), number.isInteger, !number.isNegative else {
      throw problem
    }
    // No event holds as many as do not fit.
    guard let (digits, power) = number.mantissa, var count = Int(exactly: digits), power < 19 else {
      return .max
    }
    for _ in 0..<power {
      let (product, overflow) = count.multipliedReportingOverflow(by: 10)
      if overflow { return .max }
      count = product
    }
    return count
  }

  mutating func constant(_ value: PlanValue) throws(DefinitionError) -> SchemaConstant {
    switch value.content {
    case .null: return .null
    case .boolean(let flag): return .boolean(flag)
    case .number(let text): return .number(text)
    case .text(let text, let isPlain):
      if isPlain, CoreScalar.looksLikeNumber(text) {
        notes.append(
          TrackingPlan.Note(
            "`\(text)` is taken as a text; put it in quotes, or write the number as JSON does",
            line: value.line, column: value.column))
      }
      return .text(text)
    case .list(let list):
      var result: [SchemaConstant] = []
      for item in list { result.append(try constant(item)) }
      return .list(result)
    case .map(let members):
      var result: [(key: Symbol, value: SchemaConstant)] = []
      for member in members {
        result.append((try reader.symbol(member), try constant(member.value)))
      }
      return .object(result)
    }
  }
}
