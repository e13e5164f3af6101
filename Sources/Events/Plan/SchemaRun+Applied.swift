// Schemas about the same value: `$ref`, `allOf`, `anyOf`, `oneOf`, `not`, `if`.

import Bytes

extension SchemaRun {
  mutating func checkApplied(
    _ value: borrowing ValueView, _ index: Int
  ) throws(DecodeError) {
    let applied = schema.parts.applied[index]
    if let node = applied.reference { try check(value, node) }
    for node in applied.all { try check(value, node) }
    if let nodes = applied.any { try checkChoice(value, nodes, "anyOf") }
    if let nodes = applied.one { try checkChoice(value, nodes, "oneOf") }
    if let node = applied.not, !isDecided, try fits(value, node) { fail("not") }
    if let node = applied.condition, !isDecided {
      let branch = try fits(value, node) ? applied.consequence : applied.alternative
      if let branch { try check(value, branch) }
    }
  }

  /// Checks `anyOf` or `oneOf`.
  ///
  /// Where no schema fits and all but one are of another kind than the value, what is reported is what
  /// the value breaks in that one: it says more than that none fits.
  private mutating func checkChoice(
    _ value: borrowing ValueView, _ nodes: [Int], _ keyword: String
  ) throws(DecodeError) {
    var fitting = 0
    for node in nodes {
      guard !isDecided else { return }
      guard try fits(value, node) else { continue }
      fitting += 1
      if keyword == "anyOf" { return }
      if fitting > 1 { return fail(keyword) }
    }
    guard fitting == 0, !isDecided else { return }
    guard isReporting else { return fail(keyword) }
    var candidate: [SchemaViolation]?
    for node in nodes {
      let found = try trial(value, node)
      guard !found.contains(where: { tellsKinds($0) }) else { continue }
      // Two that could be meant: what is wrong is that neither fits.
      guard candidate == nil else { return fail(keyword) }
      candidate = found
    }
    guard let candidate, !candidate.isEmpty else { return fail(keyword) }
    report(candidate)
  }

  /// Whether a violation says that the value is of another kind than the schema is about: it, or the
  /// member that names its kind, is another.
  private func tellsKinds(_ violation: SchemaViolation) -> Bool {
    switch violation.keyword {
    case "type", "false": violation.path.count == pathCount
    case "const", "enum": violation.path.count <= pathCount + 1
    default: false
    }
  }
}
