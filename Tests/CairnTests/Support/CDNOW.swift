// The CDNOW orders as shipped with the quickstart, and the answers about them worked out from the CSV
// by the plainest means: loops over an array.

import Bytes
import Foundation

/// One real order.
struct Order: Sendable {
  var row: Int
  var customer: String
  var date: String
  var quantity: String
  var dollars: String

  var time: Timestamp { Timestamp("\(date)T12:00:00.000Z") ?? .earliest }

  /// Dollars in cents, from the decimal text.
  var cents: Int {
    let parts = dollars.split(separator: ".")
    let fraction = parts.count > 1 ? String(parts[1]) : ""
    let padded = fraction.padding(toLength: 2, withPad: "0", startingAt: 0)
    return (Int(parts[0]) ?? 0) * 100 + (Int(padded) ?? 0)
  }

  var json: String {
    let number = String(format: "%06d", row)
    return #"{"type":"track","event":"Order Completed","messageId":"cdnow-\#(number)","#
      + #""userId":"cdnow-\#(customer)","timestamp":"\#(date)T12:00:00.000Z","properties":"#
      + #"{"order_id":"o\#(number)","revenue":\#(dollars),"currency":"USD","quantity":\#(quantity)}}"#
  }
}

/// All orders, and reference answers.
enum CDNOW {
  static let orders: [Order] = {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    let file = root.appending(path: "docs/quickstart/cdnow_transactions.csv")
    let text = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
    return text.split(separator: "\n").dropFirst().enumerated().map { index, line in
      let fields = line.split(separator: ",").map(String.init)
      return Order(
        row: index + 1, customer: fields[0], date: fields[1], quantity: fields[2],
        dollars: fields[3])
    }
  }()

  static func lines(_ orders: [Order]) -> [UInt8] {
    Array(orders.map(\.json).joined(separator: "\n").utf8) + [10]
  }

  /// Customers with an order in (now − 90 days, now] and more than $100 in all by then.
  static func activeBig(_ orders: [Order], at now: Timestamp) -> Set<String> {
    var cents: [String: Int] = [:]
    var recent: Set<String> = []
    for order in orders where order.time <= now {
      cents[order.customer, default: 0] += order.cents
      if order.time > now - .days(90) { recent.insert(order.customer) }
    }
    return recent.filter { cents[$0, default: 0] > 10_000 }
  }
}
