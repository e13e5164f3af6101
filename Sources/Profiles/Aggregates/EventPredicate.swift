// Conditions over one event, compiled against the symbols of a store and evaluated where the event
// lies: no text is made and no tree is walked per event.

import Bytes
import Events

/// The way to a value of an event, compiled.
enum EventField: Sendable {
  /// The keys from the top.
  case path([Symbol])
  /// The type of the call; its accessor stands apart.
  case type
  /// The name of the event.
  case name

  /// Compiles a path; nil if a key is too long to be a symbol.
  init?(_ path: PropertyPath, _ names: SymbolTable) {
    if path.keys.count == 1, path.keys[0] == "type" {
      self = .type
      return
    }
    if path.keys.count == 1, path.keys[0] == "event" {
      self = .name
      return
    }
    var symbols: [Symbol] = []
    for key in path.keys {
      guard let symbol = names.intern(definition: key) else { return nil }
      symbols.append(symbol)
    }
    self = .path(symbols)
  }
}

/// A condition over one event, compiled for one store.
public struct EventPredicate: Sendable {
  fileprivate enum Operation: Sendable {
    case comparison(CompiledComparison)
    case isIn([CompiledComparison])
    case exists
  }

  private struct Test: Sendable {
    var field: EventField
    var operation: Operation
  }

  private let program: BooleanProgram
  private let tests: [Test]
  private let names: SymbolTable

  /// Compiles a condition; its keys become symbols of the store.
  ///
  /// - Throws: if a key is too long to be a symbol.
  public init(_ condition: EventCondition, names: SymbolTable) throws(LanguageError) {
    program = BooleanProgram(condition)
    self.names = names
    var all: [EventTest] = []
    condition.forEachTest { all.append($0) }
    var tests: [Test] = []
    for test in all { tests.append(try Self.compile(test, names)) }
    self.tests = tests
  }

  private static func compile(
    _ test: EventTest, _ names: SymbolTable
  ) throws(LanguageError) -> Test {
    switch test {
    case .comparison(let path, let comparison, let literal):
      Test(
        field: try names.field(path),
        operation: .comparison(CompiledComparison(comparison, literal)))
    case .isIn(let path, let list):
      Test(
        field: try names.field(path),
        operation: .isIn(list.map { CompiledComparison(.equal, $0) }))
    case .exists(let path): Test(field: try names.field(path), operation: .exists)
    }
  }

  /// Whether the event satisfies the condition.
  ///
  /// Complexity: O(members on the ways to the values that matter); no allocation.
  public func matches(_ event: borrowing EventView) throws(DecodeError) -> Bool {
    var place = 0
    var result = true
    while let index = program.next(&place, &result) {
      result = try Self.matches(event, tests[index], names)
    }
    return result
  }

  private static func matches(
    _ event: borrowing EventView, _ test: borrowing Test, _ names: SymbolTable
  ) throws(DecodeError) -> Bool {
    switch test.field {
    case .path(let path):
      guard let value = try event.value(at: path), value.kind != .null else { return false }
      switch test.operation {
      case .exists: return true
      case .comparison(let comparison): return try comparison.matches(value)
      case .isIn(let list):
        for comparison in list where try comparison.matches(value) { return true }
        return false
      }
    case .type:
      let text = event.type.text
      return test.operation.matches(text: text.span.bytes)
    case .name:
      let operation = test.operation
      return try event.withName(names.names()) { operation.matches(text: $0) } ?? false
    }
  }
}

extension EventPredicate.Operation {
  fileprivate func matches(text: RawSpan) -> Bool {
    switch self {
    case .exists: return true
    case .comparison(let comparison): return comparison.matches(text: text)
    case .isIn(let list):
      for comparison in list where comparison.matches(text: text) { return true }
      return false
    }
  }
}

extension EventType {
  /// The value of `type` as bytes.
  var text: [UInt8] { name.withUTF8Buffer { [UInt8]($0) } }
}

extension SymbolTable {
  /// Compiles a path or says why it cannot be.
  func field(_ path: PropertyPath) throws(LanguageError) -> EventField {
    guard let field = EventField(path, self) else {
      throw LanguageError(
        "a key of \(path) is too long to be indexed; the most is 256 bytes", at: .start)
    }
    return field
  }
}
