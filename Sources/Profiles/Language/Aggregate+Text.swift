// Aggregates as text, in the one form that parses back to an equal aggregate.

import Bytes

extension Aggregate: CustomStringConvertible {
  /// The aggregate as the language writes it; parsing this text gives an equal aggregate.
  public var description: String { "\(kind.function.name)(\(arguments))" }

  /// What stands between the parentheses.
  package var arguments: String {
    var parts: [String]
    switch kind {
    case .sequence(let sequence): parts = [sequence.description]
    case .score(let weights, let halfLife):
      parts = [
        "{\(weights.map(\.description).joined(separator: ", "))}",
        "half_life: \(halfLife.durationText)",
      ]
    case .consent(let category, let merge):
      parts = [category.quoted]
      if merge != .strictest { parts.append("merge: \(merge.rawValue)") }
    default:
      parts = [EventPattern(events, where: condition).description]
      parts.append(contentsOf: kind.ownArguments)
    }
    if let window = window.text { parts.append(window) }
    return parts.joined(separator: ", ")
  }
}

extension Aggregate.Kind {
  /// The arguments after the events and before the window.
  fileprivate var ownArguments: [String] {
    switch self {
    case .count, .exists, .firstAt(nil), .lastAt(nil), .sequence, .score, .consent: return []
    case .sum(let path, let currency), .average(let path, let currency),
      .minimum(let path, let currency), .maximum(let path, let currency):
      switch currency {
      case .none: return [path.description]
      case .path(let source)?: return [path.description, "currency: \(source)"]
      case .constant(let code)?: return [path.description, "currency: \(code.description.quoted)"]
      }
    case .first(let path), .last(let path), .mostFrequent(let path), .leastFrequent(let path),
      .uniqueCount(let path), .firstAt(let path?), .lastAt(let path?):
      return [path.description]
    case .uniqueList(let path, let limit), .categoryCount(let path, let limit):
      return limit == Aggregate.listLimitDefault
        ? [path.description] : [path.description, "limit: \(limit)"]
    case .unmatched(let answer, let path): return [answer.description, "by: \(path)"]
    case .sessions(let gap): return ["gap: \(gap.durationText)"]
    }
  }
}

extension Aggregate {
  /// How many values a list has unless its definition says otherwise.
  public static let listLimitDefault = 1000
  /// The most values that a definition can ask a list to have.
  public static let listLimitMax = 100_000
}

extension EventSelector: CustomStringConvertible {
  /// The selector as the language writes it.
  public var description: String {
    switch self {
    case .any: "*"
    case .names(let names) where names.count == 1: names[0].quoted
    case .names(let names): "[\(names.map(\.quoted).joined(separator: ", "))]"
    }
  }
}
