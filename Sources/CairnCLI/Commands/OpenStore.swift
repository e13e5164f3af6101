// Opening a store for the length of a command, and letting go of it again.

import Bytes
import Cairn
import Storage

/// Opens the store at `path`, hands it to `body`, and closes it.
///
/// What opening had to mend is told on standard error. When `body` meets a damaged derived file, all of
/// them are made again from the log and `body` runs once more.
func withStore<Result>(_ path: String, _ body: (Store) throws -> Result) throws -> Result {
  let store = try Store.open(at: path)
  let result: Result
  do {
    try note(store.opening)
    do {
      result = try body(store)
    } catch let error as StoreError where error.code == .damagedIndex {
      try store.rebuildDerived(because: error.description)
      try note(store.opening)
      result = try body(store)
    }
  } catch {
    // The first error is the one to tell; the log is durable whatever closing meets.
    try? store.close()
    throw error
  }
  try store.close()
  return result
}

private func note(_ opening: OpeningReport) throws {
  let output = Output(descriptor: Output.standardError)
  if opening.cutBytes > 0 {
    try output.write(
      "note: cut \(Quantity.bytes(opening.cutBytes)) of an unfinished write off the log's end\n")
  }
  if let reason = opening.rebuiltBecause {
    try output.write(
      "note: made the derived files again from the log, because \(visible(reason))\n")
  }
  try output.flush()
}

/// Prints text, or the same as JSON.
func show(json asJSON: Bool, text: () -> String, json build: (inout JSONBuilder) -> Void) throws {
  let output = Output(descriptor: Output.standardOutput)
  guard asJSON else {
    try output.finish(with: text())
    return
  }
  var json = JSONBuilder()
  build(&json)
  try output.finish(with: json.text + "\n")
}

/// Prints text.
func say(_ text: String) throws {
  try Output(descriptor: Output.standardOutput).finish(with: text)
}

extension MembershipCounts {
  /// What changed, in words; nil if nothing did.
  var summary: String? {
    var parts: [String] = []
    if entered > 0 { parts.append("\(Quantity.count(entered)) entered") }
    if exited > 0 { parts.append("\(Quantity.count(exited)) exited") }
    if merged > 0 { parts.append("\(Quantity.count(merged)) merged into another profile's") }
    return parts.isEmpty ? nil : "memberships: \(parts.joined(separator: ", "))"
  }
}
