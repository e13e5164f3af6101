// Trait values as JSON, for exports and for `--json`. The type of a value follows from the trait's kind
// and not from the data, so that a program can read a column without trying.

import Bytes
import Profiles

extension TraitValue {
  /// Appends the value as JSON without white space.
  ///
  /// - A count is a number.
  /// - A sum is an object with one exact decimal a currency, `{"EUR":1.5,"USD":89}`; what came without
  ///   a currency stands under `total`. A total beyond what a decimal holds is null. `skipped` is there
  ///   if there were values that could not be added, `rounded` if some had more than nine digits after
  ///   the point. `{}` if there was nothing to add.
  /// - Averages, least and greatest numbers are objects like sums.
  /// - A first or last or most frequent is the value as it was sent; null if there is none.
  /// - An instant is a text in RFC 3339; null if there is none. A score is a number,
  ///   and so is a duration, in milliseconds.
  /// - A list is `{"values":["a",7],"truncated":false}`, categories are
  ///   `{"counts":[{"value":"a","count":2}],"truncated":false}`.
  public func writeJSON(to writer: inout ByteWriter) {
    switch self {
    case .count(let count): writer.append(utf8: String(count))
    case .sum(let totals, let skipped, let rounded):
      Self.write(totals, skipped: skipped, rounded: rounded, to: &writer)
    case .amounts(let totals, let skipped, let rounded):
      Self.write(totals, skipped: skipped, rounded: rounded, to: &writer)
    case .selection(let value?, _), .value(let value?): Self.write(value, to: &writer)
    case .moment(let time?): writer.jsonString(time.description)
    case .selection(nil, _), .value(nil), .moment(nil): writer.append("null")
    case .score(let score): writer.append(utf8: score?.description ?? "null")
    case .number(let number): writer.append(utf8: number?.description ?? "null")
    case .duration(let length):
      writer.append(utf8: length.map { String($0.value) } ?? "null")
    case .truth(let truth): writer.append(utf8: truth ? "true" : "false")
    case .list(let values, let isTruncated):
      writer.append("{\"values\":[")
      for (index, value) in values.enumerated() {
        if index > 0 { writer.append(",") }
        Self.write(value, to: &writer)
      }
      writer.append(utf8: "],\"truncated\":\(isTruncated)}")
    case .categories(let counts, let isTruncated):
      writer.append("{\"counts\":[")
      for (index, entry) in counts.enumerated() {
        writer.append(utf8: index > 0 ? ",{\"value\":" : "{\"value\":")
        Self.write(entry.value, to: &writer)
        writer.append(utf8: ",\"count\":\(entry.count)}")
      }
      writer.append(utf8: "],\"truncated\":\(isTruncated)}")
    }
  }

  private static func write(_ value: FieldValue, to writer: inout ByteWriter) {
    if case .string(let text) = value {
      writer.jsonString(text.span.bytes)
    } else {
      writer.append(utf8: value.description)
    }
  }

  private static func write<Number: CustomStringConvertible>(
    _ totals: [(currency: String, total: Number?)], skipped: UInt64, rounded: UInt64,
    to writer: inout ByteWriter
  ) {
    writer.append("{")
    var isFirst = true
    for entry in totals {
      if !isFirst { writer.append(",") }
      isFirst = false
      // Three letters make a currency, so neither key can be one.
      writer.jsonString(entry.currency.isEmpty ? "total" : entry.currency)
      writer.append(":")
      writer.append(utf8: entry.total?.description ?? "null")
    }
    for (name, count) in [("skipped", skipped), ("rounded", rounded)] where count > 0 {
      if !isFirst { writer.append(",") }
      isFirst = false
      writer.append(utf8: "\"\(name)\":\(count)")
    }
    writer.append("}")
  }
}
