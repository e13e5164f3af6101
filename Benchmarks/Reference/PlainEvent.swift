// Events as the reference sees them: a time, a place in the log, and the values of the fields that some
// definition looks at. Values that are sent in the same characters are kept once.

/// The fields that definitions look at.
public enum Field: Int, CaseIterable, Sendable {
  case section, scroll, load, query, took, productID, category, brand, price, orderID, revenue
  case tax, currency, items, coupon, template, campaignID, ticketID, topic, satisfaction
  case minutes, risk, name, path, referrer, source, medium, agent, locale, plan, firstName, city
  case postalCode, industry, seats, userID

  /// The ways to them from the top of an event, in the same order.
  static let paths = [
    "properties.section", "properties.scroll", "properties.load", "properties.query",
    "properties.took", "properties.product_id", "properties.category", "properties.brand",
    "properties.price", "properties.order_id", "properties.revenue", "properties.tax",
    "properties.currency", "properties.items", "properties.coupon", "properties.template",
    "properties.campaign_id", "properties.ticket_id", "properties.topic",
    "properties.satisfaction", "properties.minutes", "properties.risk", "name",
    "context.page.path", "context.page.referrer", "context.campaign.source",
    "context.campaign.medium", "context.userAgent", "context.locale", "traits.plan",
    "traits.firstName", "traits.address.city", "traits.address.postalCode", "traits.industry",
    "traits.seats", "userId",
  ]
}

/// A value of a field; null is a value of its own.
public final class PlainValue: Sendable {
  /// What it is in JSON.
  public enum Kind: Sendable { case null, text, number, bool, list }

  /// What it is.
  public let kind: Kind
  /// A text without its quotes, anything else as it was sent.
  public let text: String
  /// The number that it is or, of a text, spells.
  public let number: PlainNumber.Reading
  /// The elements of a list that are texts.
  public let elements: [String]
  /// The same for values that count as equal.
  public let key: String

  /// Makes a value.
  public init(kind: Kind, text: String) {
    self.kind = kind
    self.text = text
    number = kind == .number || kind == .text ? PlainNumber.read(text) : .word
    elements =
      kind != .list ? [] : text.split(whereSeparator: { "[],\"".contains($0) }).map(String.init)
    if kind == .number, case .exact(let value) = number {
      key = PlainNumber.text(value)
    } else {
      key = text
    }
  }

  /// The value with its number, if it is one, in the shortest form.
  public var canonical: PlainValue {
    key == text ? self : PlainValue(kind: kind, text: key)
  }

  /// The exact number that it is or spells.
  public var exact: Int128? {
    if case .exact(let value) = number { value } else { nil }
  }

  /// The number that it is or spells, in parts of a billionth.
  var fine: Int128? {
    switch number {
    case .exact(let value): value * PlainNumber.fineness
    case .fine(let value): value
    case .word: nil
    }
  }

  /// The text, if it is one.
  public var asText: String? { kind == .text ? text : nil }
}

extension PlainValue: Equatable {
  /// Whether both were sent alike.
  public static func == (a: PlainValue, b: PlainValue) -> Bool {
    a === b || a.kind == b.kind && a.text == b.text
  }
}

/// One accepted event.
public final class PlainEvent: Sendable {
  /// When it happened, in milliseconds.
  public let time: Int64
  /// Its place among the accepted events.
  public let order: Int
  /// The kind of call.
  public let type: String
  /// The name of a `track` call; empty for others.
  public let name: String
  /// The account that it counts for.
  public let account: String?
  private let values: [PlainValue?]

  init(
    time: Int64, order: Int, type: String, name: String, account: String?, values: [PlainValue?]
  ) {
    self.time = time
    self.order = order
    self.type = type
    self.name = name
    self.account = account
    self.values = values
  }

  /// The value of a field; nil if it is missing or null.
  public subscript(_ field: Field) -> PlainValue? {
    guard let value = values[field.rawValue], value.kind != .null else { return nil }
    return value
  }

  /// The value of a field, null or not; nil if it is missing.
  public func sent(_ field: Field) -> PlainValue? { values[field.rawValue] }
}
