// Conditions over one event, compiled against the symbols of a store and evaluated where the event
// lies: no text is made and no tree is walked per event.

import Bytes
import Events

/// The way to a value of an event, compiled.
enum EventField: Sendable {
  /// The keys from the top.
  case path(FieldPath)
  /// The type of the call; its accessor stands apart.
  case type
  /// The name of the event.
  case name

  /// The field of the header that a path means, if it has an accessor of its own.
  private init?(ofHeader path: PropertyPath) {
    switch path.keys {
    case ["type"]: self = .type
    case ["event"]: self = .name
    default: return nil
    }
  }

  /// Compiles a path for a question, and says whether all its keys are symbols already.
  static func known(_ path: PropertyPath, _ names: SymbolTable) -> (
    field: EventField, isKnown: Bool
  ) {
    if let field = EventField(ofHeader: path) { return (field, true) }
    let (path, isKnown) = names.knownField(path.keys)
    return (.path(path), isKnown)
  }

  /// Compiles a path; nil if a key is too long to be a symbol.
  init?(_ path: PropertyPath, _ names: SymbolTable) {
    if let field = EventField(ofHeader: path) {
      self = field
      return
    }
    var symbols: [Symbol] = []
    for key in path.keys {
      guard let symbol = names.intern(definition: key) else { return nil }
      symbols.append(symbol)
    }
    self = .path(names.field(symbols))
  }
}

/// A condition over one event, compiled for one store.
///
/// An object, so that asking it copies nothing.
public final class EventPredicate: Sendable {
  fileprivate enum Operation: Sendable {
    case comparison(CompiledComparison)
    case isIn([CompiledComparison])
    case exists
    case text(TextOperator, [UInt8])
    case glob(GlobPattern)
  }

  private struct Test: Sendable {
    var field: EventField
    var operation: Operation
    /// What is made of the value first, innermost first.
    var functions: [EventFunction] = []
  }

  /// What nearly all tests ask, without references: whether the type is one of some, or how a short text compares.
  private struct PlainTest: Sendable {
    enum Kind: Sendable { case types, text, other }

    var kind = Kind.other
    /// A bit for each type that satisfies it.
    var types: UInt8 = 0
    /// The number of the field that is compared.
    var field = Int.max
    var operation = ComparisonOperator.equal
    /// Where the text lies that it is compared with.
    var start = 0
    var end = 0
  }

  private let program: BooleanProgram
  private let tests: [Test]
  private let plainTests: [PlainTest]
  /// The texts that values are compared with.
  private let texts: [UInt8]
  private let names: SymbolTable
  /// Of a condition that asks for the type alone: a bit for each type that satisfies it.
  let types: UInt8?
  /// Whether all its keys are symbols; if not, one of a question is to be compiled again once there are more.
  public let isKnown: Bool

  /// Compiles a condition; what becomes of keys that the store has no symbols for is decided by `use`.
  ///
  /// - Throws: if a key is too long to be a symbol.
  public convenience init(
    _ condition: EventCondition, names: SymbolTable, for use: NameUse = .defining
  ) throws(LanguageError) {
    let isKnown = use == .defining || Self.isKnown(condition, names)
    try self.init(condition, names, isKnown: isKnown) { (path) throws(LanguageError) in
      try names.field(path, for: use)
    }
  }

  /// Compiles a condition for a question, which leaves the store as it is: an event has nothing at a key that has
  /// no symbol yet.
  public convenience init(asking condition: EventCondition, names: SymbolTable) {
    // Before they are compiled: a key that comes into use in between is to be compiled again.
    let isKnown = Self.isKnown(condition, names)
    self.init(condition, names, isKnown: isKnown) { EventField.known($0, names).field }
  }

  private static func isKnown(_ condition: EventCondition, _ names: SymbolTable) -> Bool {
    var isKnown = true
    condition.forEachTest { isKnown = isKnown && EventField.known($0.path, names).isKnown }
    return isKnown
  }

  private init<E: Error>(
    _ condition: EventCondition, _ names: SymbolTable, isKnown: Bool,
    _ field: (PropertyPath) throws(E) -> EventField
  ) throws(E) {
    program = BooleanProgram(condition)
    self.names = names
    self.isKnown = isKnown
    var all: [EventTest] = []
    condition.forEachTest { all.append($0) }
    var tests: [Test] = []
    for test in all { tests.append(Self.compile(test, try field(test.path))) }
    self.tests = tests
    var texts: [UInt8] = []
    plainTests = tests.map { Self.plain($0, &texts) }
    self.texts = texts
    types = Self.types(program, plainTests)
  }

  private static func plain(_ test: Test, _ texts: inout [UInt8]) -> PlainTest {
    var plain = PlainTest()
    switch (test.field, test.operation) {
    case (.type, _):
      plain.kind = .types
      for type in EventType.allCases where test.operation.matches(type.text, test.functions) {
        plain.types |= 1 << type.rawValue
      }
    case (.path(let path), .comparison(let comparison)) where test.functions.isEmpty:
      guard let text = comparison.text else { break }
      plain.kind = .text
      plain.field = path.number
      plain.operation = comparison.operation
      plain.start = texts.count
      texts += text
      plain.end = texts.count
    default: break
    }
    return plain
  }

  private static func types(_ program: BooleanProgram, _ tests: [PlainTest]) -> UInt8? {
    guard tests.allSatisfy({ $0.kind == .types }) else { return nil }
    return EventType.allCases.reduce(0) { bits, type in
      let bit: UInt8 = 1 << type.rawValue
      var place = 0
      var result = true
      while let index = program.next(&place, &result) { result = tests[index].types & bit != 0 }
      return result ? bits | bit : bits
    }
  }

  private static func compile(_ test: EventTest, _ field: EventField) -> Test {
    switch test {
    case .comparison(_, let comparison, let literal):
      Test(field: field, operation: .comparison(CompiledComparison(comparison, literal)))
    case .isIn(_, let list):
      Test(field: field, operation: .isIn(list.map { CompiledComparison(.equal, $0) }))
    case .exists: Test(field: field, operation: .exists)
    case .text(_, .match, let pattern):
      Test(field: field, operation: .glob(GlobPattern(Array(pattern.utf8))))
    case .text(_, let operation, let text):
      Test(field: field, operation: .text(operation, Array(text.utf8)))
    case .applied(let function, let test): applied(function, to: compile(test, field))
    }
  }

  private static func applied(
    _ function: EventFunction, to test: Test
  ) -> Test {
    var result = test
    // A test inside another is about what the outer one has made.
    result.functions.insert(function, at: 0)
    return result
  }

  /// Whether the event satisfies the condition.
  ///
  /// Complexity: O(members on the ways to the values that matter); no allocation except for functions.
  public func matches(_ event: borrowing EventView) throws(DecodeError) -> Bool {
    var place = 0
    var result = true
    while let index = program.next(&place, &result) {
      if let known = matches(event, plainTests[index]) {
        result = known
      } else {
        result = try Self.matches(event, tests[index], names)
      }
    }
    return result
  }

  /// Whether an event satisfies a test; nil if that takes more.
  @inline(__always)
  private func matches(_ event: borrowing EventView, _ test: PlainTest) -> Bool? {
    switch test.kind {
    case .types: return test.types >> event.type.rawValue & 1 != 0
    case .text:
      guard let place = event.notedPlace(ofField: test.field) else { return nil }
      if place == 0 { return false }
      guard let text = event.shortText(at: place) else { return nil }
      let texts = texts
      let other = texts.span.bytes.extracting(test.start..<test.end)
      return CompiledComparison.holds(test.operation, text, other)
    case .other: return nil
    }
  }

  @inline(never)
  private static func matches(
    _ event: borrowing EventView, _ test: Test, _ names: SymbolTable
  ) throws(DecodeError) -> Bool {
    switch test.field {
    case .path(let path):
      guard let value = try event.value(at: path), value.kind != .null else { return false }
      if !test.functions.isEmpty {
        guard let made = try value.applying(test.functions, names: names) else { return false }
        return test.operation.matches(made)
      }
      switch test.operation {
      case .text, .glob:
        guard value.kind == .string || value.kind == .number else { return false }
        let operation = test.operation
        return try value.withText { operation.matches(text: $0) } ?? false
      case .exists: return true
      case .comparison(let comparison): return try comparison.matches(value)
      case .isIn(let list):
        for comparison in list where try comparison.matches(value) { return true }
        return false
      }
    case .type: return test.operation.matches(event.type.text, test.functions)
    case .name:
      let (operation, functions) = (test.operation, test.functions)
      return try event.withName(names.names()) { text in
        functions.isEmpty
          ? operation.matches(text: text) : operation.matches(text.toArray(), functions)
      } ?? false
    }
  }
}

extension EventPredicate.Operation {
  fileprivate func matches(text: RawSpan) -> Bool {
    switch self {
    case .exists: return true
    case .text(let operation, let other): return operation.holds(text, other.span.bytes)
    case .glob(let pattern): return pattern.matches(text)
    case .comparison(let comparison): return comparison.matches(text: text)
    case .isIn(let list):
      for comparison in list where comparison.matches(text: text) { return true }
      return false
    }
  }

  /// Whether what the functions make of a text satisfies the operation.
  fileprivate func matches(_ text: [UInt8], _ functions: [EventFunction]) -> Bool {
    guard let made = FieldValue.string(text).applying(functions) else { return false }
    return matches(made)
  }

  /// Whether a value that was made satisfies the operation.
  fileprivate func matches(_ value: FieldValue) -> Bool {
    switch self {
    case .exists: return true
    case .comparison(let comparison): return comparison.matches(value)
    case .isIn(let list): return list.contains { $0.matches(value) }
    case .text, .glob:
      switch value {
      case .string(let bytes), .number(let bytes): return matches(text: bytes.span.bytes)
      case .bool, .json: return false
      }
    }
  }
}

extension EventType {
  /// The value of `type` as bytes.
  var text: [UInt8] { name.withUTF8Buffer { [UInt8]($0) } }
}

extension SymbolTable {
  /// Compiles a path or says why it cannot be.
  func field(_ path: PropertyPath, for use: NameUse) throws(LanguageError) -> EventField {
    let field: EventField? =
      switch use {
      case .defining: EventField(path, self)
      case .asking: path.keys.contains(where: isTooLong) ? nil : EventField.known(path, self).field
      }
    guard let field else {
      throw LanguageError(
        "a key of \(path) is too long to be indexed; the most is 256 bytes", at: .start)
    }
    return field
  }
}
