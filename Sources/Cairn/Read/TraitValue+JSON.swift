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
  ///   if there were values that are no exact decimals. `{}` if there was nothing to add.
  /// - A first or last is the value as it was sent; null if there is none.
  public func writeJSON(to writer: inout ByteWriter) {
    switch self {
    case .count(let count): writer.append(utf8: String(count))
    case .sum(let totals, let skipped): Self.write(totals, skipped: skipped, to: &writer)
    case .selection(.string(let text)?, _): writer.jsonString(text.span.bytes)
    case .selection(let value, _): writer.append(utf8: value?.description ?? "null")
    }
  }

  private static func write(
    _ totals: [(currency: String, total: FixedDecimal?)], skipped: UInt64,
    to writer: inout ByteWriter
  ) {
    writer.append("{")
    for (index, entry) in totals.enumerated() {
      if index > 0 { writer.append(",") }
      // Three letters make a currency, so neither key can be one.
      writer.jsonString(entry.currency.isEmpty ? "total" : entry.currency)
      writer.append(":")
      writer.append(utf8: entry.total?.description ?? "null")
    }
    if skipped > 0 {
      if !totals.isEmpty { writer.append(",") }
      writer.append("\"skipped\":")
      writer.append(utf8: String(skipped))
    }
    writer.append("}")
  }
}
