// One event of the tail as a line for people.

import Bytes
import CairnServer
import Foundation

/// What the server says of an event, as far as the line shows it.
struct TailLine: Decodable {
  struct Identity: Decodable {
    var decision: String
    var identifiers: [String]
    var type: String?
    var because: String?
  }

  struct Change: Decodable {
    var change: String
    var audience: String
    var entity: String
  }

  struct Account: Decodable {
    var identifier: String
    var traits: [String: TailValue]
  }

  var verdict: String
  var source: String
  var time: Timestamp
  var type: String?
  var event: String?
  var identifier: String?
  var traits: [String: TailValue]
  var account: Account?
  var identity: [Identity]?
  var audiences: [Change]?
  var code: String?
  var message: String?

  private enum Colour: String {
    case red = "31"
    case green = "32"
    case yellow = "33"
    case dim = "2"
  }

  /// Time, source, name, whose it is, and what changed, two spaces apart.
  func text(isColoured: Bool) -> String {
    func paint(_ text: String, _ colour: Colour) -> String {
      isColoured ? "\u{1B}[\(colour.rawValue)m\(visible(text))\u{1B}[0m" : visible(text)
    }
    var parts = [paint(Quantity.instant(time), .dim), visible(source)]
    guard verdict == "accepted" else {
      parts.append(paint("\(verdict) \(code ?? "")", .yellow))
      parts.append(visible(message ?? ""))
      return parts.joined(separator: "  ")
    }
    parts.append(visible(event ?? type ?? ""))
    parts.append(visible(identifier ?? "nobody"))
    for entry in identity ?? [] {
      if let text = entry.text {
        parts.append(entry.because == nil ? visible(text) : paint(text, .yellow))
      }
    }
    for change in audiences ?? [] {
      let whose = change.entity == "account" ? " (account)" : ""
      let hasEntered = change.change == "entered"
      parts.append(
        paint((hasEntered ? "+" : "-") + change.audience + whose, hasEntered ? .green : .red))
    }
    parts += Self.texts(of: traits).map(visible)
    if let account {
      parts += Self.texts(of: account.traits).map { visible("\(account.identifier) \($0)") }
    }
    return parts.joined(separator: "  ")
  }

  private static func texts(of traits: [String: TailValue]) -> [String] {
    traits.sorted { $0.key < $1.key }.map { name, value in
      value.text.map { "\(name)=\($0)" } ?? name
    }
  }
}

extension TailLine.Identity {
  /// The decision in words; nil for one that others of the same event say already.
  fileprivate var text: String? {
    switch decision {
    case "created": "new profile"
    case "linked": "linked " + identifiers.joined(separator: " and ")
    case "merged": "merged two profiles"
    case "refused":
      "refused \(identifiers.first ?? type ?? "")" + (because.map { " (\($0))" } ?? "")
    case "blocked": "blocked \(type ?? "")"
    case "joined": "joined an account"
    default: nil
    }
  }
}

/// The value of a trait, as far as it fits on a line.
struct TailValue: Decodable {
  /// The value; nil for lists and the like.
  var text: String?

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      text = "none"
    } else if let truth = try? container.decode(Bool.self) {
      text = truth ? "true" : "false"
    } else if let number = try? container.decode(Decimal.self) {
      text = "\(number)"
    } else if let string = try? container.decode(String.self) {
      text = string
    } else if let amounts = try? container.decode([String: Decimal].self), !amounts.isEmpty {
      // Sums: one number for each currency.
      text = amounts.sorted { $0.key < $1.key }.map { currency, amount in
        currency == "total" ? "\(amount)" : "\(amount) \(currency)"
      }.joined(separator: ", ")
    }
  }
}
