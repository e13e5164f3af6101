// One value of a table or a list of fields, which knows its text for people and its JSON.

import Bytes
import Cairn
import Foundation

/// A value to show.
enum OutputCell: Equatable {
  case text(String)
  case integer(Int64)
  /// The digits of an exact decimal, as in JSON.
  case decimal(String)
  /// A size in bytes.
  case bytes(Int)
  case instant(Timestamp)
  case duration(Milliseconds)
  case flag(Bool)
  /// Text that is JSON already; for people it is shown as it is.
  case json(String)
  /// A value that is JSON already; for people a text is shown without its quotes.
  case value(json: String)
  /// Several texts: separated for people, an array in JSON.
  case list([String], separator: String = " ")
  /// One form for people, and another as JSON.
  case shown(String, json: String)
  case absent

  static func integer(_ value: Int) -> OutputCell { .integer(Int64(value)) }

  /// What a person reads.
  ///
  /// Never holds a control character.
  var shown: String {
    switch self {
    case .text(let text), .json(let text): visible(text)
    case .value(let json): visible(Self.plain(json))
    case .integer(let value): Quantity.count(value)
    case .decimal(let digits): Quantity.decimal(visible(digits))
    case .bytes(let value): Quantity.bytes(value)
    case .instant(let instant): Quantity.instant(instant)
    case .duration(let span): Quantity.duration(span)
    case .flag(let flag): flag ? "yes" : "no"
    case .list(let texts, let separator):
      texts.isEmpty ? "-" : visible(texts.joined(separator: separator))
    case .shown(let text, _): visible(text)
    case .absent: "-"
    }
  }

  /// Whether the value is set to the right of its column.
  var isNumber: Bool {
    switch self {
    case .integer, .decimal, .bytes, .duration: true
    case .text, .instant, .flag, .json, .value, .list, .shown, .absent: false
    }
  }

  /// Writes the value as JSON: sizes in bytes, lengths of time in milliseconds.
  func write(to json: inout JSONBuilder) {
    switch self {
    case .text(let text): json.value(text)
    case .integer(let value): json.value(value)
    case .decimal(let digits), .json(let digits), .value(let digits): json.literal(digits)
    case .bytes(let value): json.value(value)
    case .instant(let instant): json.value(instant.description)
    case .duration(let span): json.value(span.value)
    case .flag(let flag): json.value(flag)
    case .list(let texts, _):
      json.beginArray()
      for text in texts { json.value(text) }
      json.endArray()
    case .shown(_, let text): json.literal(text)
    case .absent: json.null()
    }
  }

  /// A JSON string as the text that it stands for; anything else as it is.
  private static func plain(_ json: String) -> String {
    guard json.hasPrefix("\""),
      let text = try? JSONDecoder().decode(String.self, from: Data(json.utf8))
    else { return json }
    return text
  }
}
