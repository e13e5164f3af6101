// An aggregate, compiled for one store: whether an event matters to it and what it brings.

import Bytes
import Events

/// An aggregate, compiled for one store.
public final class AggregatePlan: Sendable {
  /// What its cells need to know.
  public let spec: CellSpec
  /// The names of the events it is about; nil for every event.
  public let eventNames: [Symbol]?
  private let predicate: EventPredicate?
  private let field: EventField?
  private let currency: CurrencyPlan?
  private let names: SymbolTable

  private enum CurrencyPlan: Sendable {
    case field(EventField)
    case constant(CurrencyCode)
  }

  /// Compiles an aggregate; its names and keys become symbols of the store.
  ///
  /// - Throws: if one is too long to be a symbol.
  public init(_ aggregate: Aggregate, names: SymbolTable) throws(LanguageError) {
    spec = aggregate.cellSpec
    self.names = names
    eventNames = try Self.symbols(aggregate.events, names)
    if let condition = aggregate.condition {
      predicate = try EventPredicate(condition, names: names)
    } else {
      predicate = nil
    }
    switch aggregate.kind {
    case .sum(let path, _), .average(let path, _), .minimum(let path, _), .maximum(let path, _),
      .first(let path), .last(let path), .firstAt(let path?), .lastAt(let path?):
      field = try names.field(path)
    case .count, .exists, .firstAt(nil), .lastAt(nil): field = nil
    default:
      throw LanguageError("\(aggregate.kind.function.name) is not computed yet", at: .start)
    }
    switch aggregate.kind.currency {
    case .none: currency = nil
    case .constant(let code)?: currency = .constant(code)
    case .path(let path)?: currency = .field(try names.field(path))
    }
  }

  private static func symbols(
    _ events: EventSelector, _ names: SymbolTable
  ) throws(LanguageError) -> [Symbol]? {
    guard case .names(let list) = events else { return nil }
    var symbols: [Symbol] = []
    for name in list {
      guard let symbol = names.intern(definition: name) else {
        throw LanguageError(
          "the event name \(name.quoted) is too long to be indexed; the most is 256 bytes",
          at: .start)
      }
      symbols.append(symbol)
    }
    return symbols
  }

  /// Whether the event has one of the names and satisfies the condition.
  public func matches(_ event: borrowing EventView) throws(DecodeError) -> Bool {
    if let eventNames {
      guard let name = event.name, eventNames.contains(name) else { return false }
    }
    return try predicate?.matches(event) ?? true
  }

  /// What a matching event brings to a cell.
  ///
  /// `none` leaves every cell but a `count` as it is.
  public func amount(of event: borrowing EventView) throws(DecodeError) -> CellAmount {
    switch spec.function {
    case .first, .last:
      guard let field, let value = try Self.value(field, event, names) else { return .none }
      return .value(value)
    case .firstAt, .lastAt:
      // Only the time counts; the value says that there is one.
      guard let field else { return .value(.bool(true)) }
      return try hasValue(field, event) ? .value(.bool(true)) : .none
    case .sum, .average, .minimum, .maximum:
      guard let field, case .path(let path) = field else { return .skipped }
      guard let value = try event.value(at: path), value.kind != .null else { return .none }
      guard let amount = try Self.decimal(value) else { return .skipped }
      guard let code = try currencyCode(event) else { return .skipped }
      return .decimal(amount, code)
    default: return .none
    }
  }

  private func hasValue(
    _ field: EventField, _ event: borrowing EventView
  ) throws(DecodeError) -> Bool {
    switch field {
    case .type: return true
    case .name: return event.name != nil
    case .path(let path):
      guard let value = try event.value(at: path) else { return false }
      return value.kind != .null
    }
  }

  /// The exact value of a number, or of a text that spells one.
  private static func decimal(_ value: borrowing ValueView) throws(DecodeError) -> FixedDecimal? {
    let reading: FixedDecimal.Reading =
      switch value.kind {
      case .number: value.decimal
      case .string: try value.withText { FixedDecimal.read($0) } ?? .notANumber
      default: .notANumber
      }
    guard case .exact(let amount) = reading else { return nil }
    return amount
  }

  /// The currency of an amount; `.none` if the event names none, nil if what it names is none.
  private func currencyCode(_ event: borrowing EventView) throws(DecodeError) -> CurrencyCode? {
    switch currency {
    case .none: return CurrencyCode.none
    case .constant(let code)?: return code
    case .field(let field)?:
      guard case .path(let path) = field else { return nil }
      guard let value = try event.value(at: path), value.kind != .null else {
        return CurrencyCode.none
      }
      guard value.kind == .string else { return nil }
      return try value.withText { CurrencyCode($0) } ?? nil
    }
  }

  private static func value(
    _ field: EventField, _ event: borrowing EventView, _ names: SymbolTable
  ) throws(DecodeError) -> FieldValue? {
    switch field {
    case .type: return .string(event.type.text)
    case .name: return try event.withName(names.names()) { .string($0.toArray()) }
    case .path(let path):
      guard let value = try event.value(at: path) else { return nil }
      switch value.kind {
      case .null: return nil
      case .boolean: return .bool(value.boolean ?? false)
      case .number: return try value.withText { .number($0.toArray()) }
      case .string: return try value.withText { .string($0.toArray()) }
      case .object, .array:
        var json = ByteWriter()
        try value.writeJSON(to: &json, names: names.names())
        return .json(json.bytes)
      }
    }
  }
}
