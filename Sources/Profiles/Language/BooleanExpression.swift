// And, or, not over tests of some kind. Conditions over one event and rules over a profile have the
// same structure and differ in their tests only, so they share it, its parser and its printer.

/// A boolean combination of tests.
///
/// Two-valued: a test is true or false, and `not` is plain negation. Made with the functions `all`,
/// `any` and `negated`, expressions are canonical: no list with fewer than two parts, no list right
/// inside one of its kind, no double negation.
public indirect enum BooleanExpression<Test: Hashable & Sendable>: Hashable, Sendable {
  /// One test.
  case test(Test)
  /// True if every part is.
  case and([BooleanExpression])
  /// True if some part is.
  case or([BooleanExpression])
  /// True if the part is not.
  case not(BooleanExpression)

  /// The canonical conjunction of at least one part.
  public static func all(_ parts: [Self]) -> Self {
    precondition(!parts.isEmpty, "a conjunction has a part")
    let flat = parts.flatMap { part -> [Self] in
      if case .and(let inner) = part { inner } else { [part] }
    }
    return flat.count == 1 ? flat[0] : .and(flat)
  }

  /// The canonical disjunction of at least one part.
  public static func any(_ parts: [Self]) -> Self {
    precondition(!parts.isEmpty, "a disjunction has a part")
    let flat = parts.flatMap { part -> [Self] in
      if case .or(let inner) = part { inner } else { [part] }
    }
    return flat.count == 1 ? flat[0] : .or(flat)
  }

  /// The canonical negation.
  public var negated: Self {
    if case .not(let inner) = self { inner } else { .not(self) }
  }

  /// The same structure over other tests; tests are visited from left to right.
  public func map<Other, E: Error>(
    _ transform: (Test) throws(E) -> Other
  ) throws(E) -> BooleanExpression<Other> {
    switch self {
    case .test(let test): return .test(try transform(test))
    case .not(let part): return .not(try part.map(transform))
    case .and(let parts): return .and(try Self.map(parts, transform))
    case .or(let parts): return .or(try Self.map(parts, transform))
    }
  }

  private static func map<Other, E: Error>(
    _ parts: [Self], _ transform: (Test) throws(E) -> Other
  ) throws(E) -> [BooleanExpression<Other>] {
    var result: [BooleanExpression<Other>] = []
    for part in parts { result.append(try part.map(transform)) }
    return result
  }

  /// Calls `body` with each test, from left to right.
  public func forEachTest(_ body: (Test) -> Void) {
    switch self {
    case .test(let test): body(test)
    case .not(let part): part.forEachTest(body)
    case .and(let parts), .or(let parts): for part in parts { part.forEachTest(body) }
    }
  }
}

extension BooleanExpression: CustomStringConvertible where Test: CustomStringConvertible {
  /// The expression as the language writes it, with no more parentheses than needed.
  public var description: String {
    switch self {
    case .test(let test): test.description
    case .and(let parts): parts.map { $0.text(inside: .and) }.joined(separator: " and ")
    case .or(let parts): parts.map { $0.text(inside: .or) }.joined(separator: " or ")
    case .not(let part): "not " + part.text(inside: .not)
    }
  }

  private enum Context { case and, or, not }

  private func text(inside context: Context) -> String {
    let binds: Bool
    switch (self, context) {
    case (.test, _), (.not, .and), (.not, .or), (.and, .or): binds = true
    default: binds = false
    }
    return binds ? description : "(\(description))"
  }
}
