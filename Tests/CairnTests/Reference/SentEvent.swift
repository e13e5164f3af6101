// Events as the reference knows them, and as JSON lines. Numbers are whole thousandths here, so that
// the reference adds them with plain integers.

import Bytes

/// What is sent as revenue.
enum SentAmount: Equatable {
  case number(thousandths: Int)
  case quoted(thousandths: Int)
  case null
  /// No number at all.
  case word
  /// 1.0000000001: one digit more than is summed.
  case tooPrecise

  /// The number in thousandths as sums take it; nil if it is none.
  var nearest: Int? {
    switch self {
    case .number(let value), .quoted(let value): value
    case .tooPrecise: 1000
    case .null, .word: nil
    }
  }

  var json: String {
    switch self {
    case .number(let value): decimalText(value)
    case .quoted(let value): "\"\(decimalText(value))\""
    case .null: "null"
    case .word: "\"free\""
    case .tooPrecise: "1.0000000001"
    }
  }
}

/// What is sent as category.
enum SentCategory: Equatable {
  case text(String)
  case number(String)

  var json: String {
    switch self {
    case .text(let text): "\"\(text)\""
    case .number(let text): text
    }
  }
}

/// One event on its way in.
struct SentEvent: Equatable {
  var name: String
  var messageID: String
  /// `user_id:…`, `email:…`, `anonymous_id:…`, in this order; the first is the event's home.
  var identifiers: [String]
  /// Milliseconds; nil to take the instant at which it is received.
  var time: Int64?
  /// When it was sent by the sender's clock, in milliseconds; nil if it does not say.
  var sentAt: Int64?
  var revenue: SentAmount?
  var currency: String?
  var channel: String?
  var category: SentCategory?
  /// The account that it counts for.
  var account: String?

  var json: String {
    var fields = [#""type":"track""#, #""event":"\#(name)""#, #""messageId":"\#(messageID)""#]
    var traits = ""
    for identifier in identifiers {
      let (type, value) = parts(identifier)
      switch type {
      case "user_id": fields.append(#""userId":"\#(value)""#)
      case "anonymous_id": fields.append(#""anonymousId":"\#(value)""#)
      // Sent with capitals and blanks, to be normalised on the way in.
      default: traits = #""traits":{"email":" \#(value.uppercased()) "}"#
      }
    }
    if let time {
      fields.append(#""timestamp":"\#(Timestamp(milliseconds: time))""#)
    }
    if let sentAt { fields.append(#""sentAt":"\#(Timestamp(milliseconds: sentAt))""#) }
    let group = account.map { #""groupId":"\#($0)""# }
    let context = (traits.isEmpty ? [] : [traits]) + (group.map { [$0] } ?? [])
    if !context.isEmpty { fields.append(#""context":{\#(context.joined(separator: ","))}"#) }
    var properties: [String] = []
    if let revenue { properties.append(#""revenue":\#(revenue.json)"#) }
    if let currency { properties.append(#""currency":"\#(currency)""#) }
    if let channel { properties.append(#""channel":"\#(channel)""#) }
    if let category { properties.append(#""category":\#(category.json)"#) }
    if !properties.isEmpty {
      fields.append(#""properties":{\#(properties.joined(separator: ","))}"#)
    }
    return "{" + fields.joined(separator: ",") + "}"
  }

  /// The time that it counts from: by the sender's clock, set right by when it was sent; not more than
  /// 23 hours ahead.
  func time(_ receivedAt: Int64) -> Int64 {
    guard let time else { return receivedAt }
    let corrected = receivedAt - ((sentAt ?? receivedAt) - time)
    return corrected > receivedAt + 23 * 60 * 60 * 1000 ? receivedAt : corrected
  }

  private func parts(_ identifier: String) -> (String, String) {
    let parts = identifier.split(separator: ":", maxSplits: 1).map(String.init)
    return (parts[0], parts[1])
  }
}

/// `-12.34` for -12340 thousandths.
func decimalText(_ thousandths: Int) -> String {
  let whole = abs(thousandths) / 1000
  let rest = String(1000 + abs(thousandths) % 1000).dropFirst()
  let trimmed = rest.replacing(#/0+$/#, with: "")
  return (thousandths < 0 ? "-" : "") + String(whole) + (trimmed.isEmpty ? "" : "." + trimmed)
}

/// An accepted event, in the reference's log.
struct KeptEvent: Equatable {
  var sequence: UInt64
  var time: Int64
  var sent: SentEvent
  var home: String { sent.identifiers[0] }
}
