// Every operator and function of conditions, each in a trait of its own.

import Foundation

/// The order of a value and a number; nil if there is none.
private func compare(_ value: PlainValue?, _ number: Double) -> Double? {
  switch value?.number {
  case .exact(let exact): Double(exact) / 1e9 - number
  case .fine(let fine): Double(fine) / 1e15 - number
  default: nil
  }
}

/// The words of a text: split at anything but letters and digits, and before a capital after a lower case
/// letter.
private func words(_ text: String) -> [String] {
  var spaced = ""
  for character in text {
    if character.isUppercase, spaced.last?.isLowercase == true { spaced.append(" ") }
    spaced.append(character.isLetter || character.isNumber ? character : " ")
  }
  return spaced.split(separator: " ").map(String.init)
}

extension Catalogue {
  /// Counts of the events for which a condition holds.
  static let conditions = (texts + comparisons + functions).map { name, condition, holds in
    TraitDefinition("where_\(name)", "count(* where \(condition))") {
      .count($0.past.filter(holds).count)
    }
  }

  typealias Condition = (String, String, @Sendable (PlainEvent) -> Bool)

  private static let texts: [Condition] = [
    ("equal", #"properties.category = "audio""#, { $0[.category]?.asText == "audio" }),
    (
      "other", #"properties.category != "audio""#,
      { event in
        event[.category].map { $0.asText != "audio" } ?? false
      }
    ),
    ("not_equal", #"not properties.category = "audio""#, { $0[.category]?.asText != "audio" }),
    (
      "contains", #"context.page.path contains "dermatology""#,
      {
        $0[.path]?.asText?.contains("dermatology") == true
      }
    ),
    (
      "list_contains", #"properties.coupon contains "vip""#,
      { event in
        guard let coupon = event[.coupon] else { return false }
        return coupon.elements.contains("vip") || coupon.asText?.contains("vip") == true
      }
    ),
    (
      "in", #"properties.brand in ["Kite", "Acorn & Ash"]"#,
      { event in
        ["Kite", "Acorn & Ash"].contains(event[.brand]?.asText)
      }
    ),
    (
      "starts", #"context.page.path starts_with "/clinic/""#,
      {
        $0[.path]?.asText?.hasPrefix("/clinic/") == true
      }
    ),
    ("ends", #"context.page.path ends_with "e""#, { $0[.path]?.asText?.hasSuffix("e") == true }),
    (
      "match", #"match(context.page.path, "/c*/[a-g]*/?cne")"#,
      { event in
        // "/c", anything, "/" and one of a to g, anything, "/", any one, "cne".
        guard let path = event[.path]?.asText, path.hasPrefix("/c"), path.hasSuffix("cne"),
          path.utf8.count >= 7, path.utf8.dropLast(4).last == 0x2F
        else { return false }
        let middle = Array(path.utf8.dropFirst(2).dropLast(5))
        return zip(middle, middle.dropFirst()).contains { $0 == 0x2F && (0x61...0x67).contains($1) }
      }
    ),
    (
      "match_exact", #"match(properties.product_id, "p-1??[5-9]*")"#,
      { event in
        // All ids have as many characters.
        guard let id = event[.productID]?.asText, id.hasPrefix("p-1") else { return false }
        return id.utf8.dropFirst(5).first.map { (0x35...0x39).contains($0) } ?? false
      }
    ),
    (
      "type", #"type = "page" and name in ["shop", "blog"]"#,
      {
        $0.type == "page" && ["shop", "blog"].contains($0[.name]?.asText)
      }
    ),
    (
      "text_order", #"properties.brand >= "Kite" and properties.brand < "Ostrich""#,
      { event in
        guard let brand = event[.brand]?.asText else { return false }
        return brand >= "Kite" && brand < "Ostrich"
      }
    ),
  ]

  private static let comparisons: [Condition] = [
    (
      "at_least", "properties.revenue >= 100",
      { compare($0[.revenue], 100).map { $0 >= 0 } ?? false }
    ),
    ("above", "properties.items > 3", { compare($0[.items], 3).map { $0 > 0 } ?? false }),
    ("below", "properties.load < 600.5", { compare($0[.load], 600.5).map { $0 < 0 } ?? false }),
    (
      "at_most", "properties.revenue <= 42.5",
      {
        compare($0[.revenue], 42.5).map { $0 <= 0 } ?? false
      }
    ),
    ("number", "properties.items = 2", { compare($0[.items], 2) == 0 }),
    (
      "number_other", "properties.items != 2",
      { event in
        guard let items = event[.items] else { return false }
        return compare(items, 2) != 0
      }
    ),
    (
      "number_in", "properties.satisfaction in [1, 3, 5]",
      { event in
        [1, 3, 5].contains { compare(event[.satisfaction], $0) == 0 }
      }
    ),
    ("exists", "exists(properties.coupon)", { $0[.coupon] != nil }),
    (
      "null", "properties.revenue = null and event = \"Order Completed\"",
      {
        $0.name == "Order Completed" && $0[.revenue] == nil
      }
    ),
    ("not_null", "properties.currency != null", { $0[.currency] != nil }),
    (
      "and_or",
      #"properties.price > 100 and (properties.brand = "Kite" or not properties.category in ["audio", "toys"])"#,
      { event in
        guard let order = compare(event[.price], 100), order > 0 else { return false }
        return event[.brand]?.asText == "Kite"
          || !["audio", "toys"].contains(event[.category]?.asText)
      }
    ),
    (
      "binding", #"type = "page" or type = "screen" and not name = "home""#,
      {
        $0.type == "page" || $0.type == "screen" && $0[.name]?.asText != "home"
      }
    ),
  ]

  private static let functions: [Condition] = [
    (
      "lowercase", #"lowercase(properties.brand) = "acorn & ash""#,
      {
        $0[.brand]?.asText?.lowercased() == "acorn & ash"
      }
    ),
    (
      "uppercase", #"uppercase(properties.currency) = "EUR""#,
      {
        $0[.currency]?.asText?.uppercased() == "EUR"
      }
    ),
    (
      "snakecase", #"snakecase(properties.brand) = "blue_harbor""#,
      { event in
        event[.brand]?.asText.map { words($0).joined(separator: "_").lowercased() } == "blue_harbor"
      }
    ),
    (
      "kebabcase", #"kebabcase(properties.query) = "usb-c-cable""#,
      { event in
        event[.query]?.asText.map { words($0).joined(separator: "-").lowercased() } == "usb-c-cable"
      }
    ),
    (
      "titlecase", #"titlecase(properties.query) in ["Desk Lamp", "Tent 2 Person"]"#,
      { event in
        let title = event[.query]?.asText.map {
          words($0).map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined(separator: " ")
        }
        return ["Desk Lamp", "Tent 2 Person"].contains(title)
      }
    ),
    (
      "length", "length(traits.firstName) = 5",
      { $0[.firstName]?.asText?.unicodeScalars.count == 5 }
    ),
    (
      "length_list", "length(properties.coupon) >= 2",
      { event in
        guard let coupon = event[.coupon] else { return false }
        return
          (coupon.kind == .list ? coupon.elements.count : coupon.asText?.unicodeScalars.count ?? 0)
          >= 2
      }
    ),
    (
      "nested", #"length(lowercase(context.campaign.source)) > 6"#,
      {
        ($0[.source]?.asText?.lowercased().count ?? 0) > 6
      }
    ),
    (
      "quoted_number", "traits.address.postalCode < 40000",
      {
        compare($0[.postalCode], 40000).map { $0 < 0 } ?? false
      }
    ),
  ]
}
