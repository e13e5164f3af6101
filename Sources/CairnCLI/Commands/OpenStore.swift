// Opening a store for a command that writes, and closing it again. Commands that only read use
// `withReader` in `ReadStore.swift`.

import Bytes
import Cairn
import Engine
import Glibc
import Storage

/// Opens a store for writing, hands it to `body`, and closes it.
///
/// What opening had to repair is reported on standard error.
func withStore<Result>(
  _ target: StoreArgument, _ body: (Store) throws -> Result
) throws -> Result {
  let store = try Store.open(at: target.store)
  noteKey(of: target.store)
  let found = store.opening
  let result: Result
  do {
    note(found)
    target.sayRoute("opened for writing")
    result = try body(store)
  } catch {
    // The first error is the one to report; the log is durable whatever closing meets. An input that met
    // damage has repaired it on its way out.
    if store.opening.rebuiltBecause != found.rebuiltBecause {
      note(store.opening.since(found))
    }
    try? store.close()
    throw error
  }
  try store.close()
  return result
}

/// Reports on standard error if others than the owner may read the key of erased identifiers: with it and the
/// store, anyone who has an identifier can find out whether its person was erased.
func noteKey(of store: String) {
  let path = store + "/" + Store.erasureKeyFile
  var status = stat()
  guard stat(path, &status) == 0, status.st_mode & 0o077 != 0 else { return }
  let mode = String(status.st_mode & 0o777, radix: 8)
  try? Output(descriptor: Output.standardError).finish(
    with: "note: \(visible(path)) has the mode 0\(mode), and should have 0600: others can read or "
      + "change the key of erased identifiers\n")
}

/// Reports on standard error what opening had to repair.
///
/// If that cannot be written, the command continues anyway.
func note(_ opening: OpeningReport) {
  try? Output(descriptor: Output.standardError).finish(with: opening.notes)
}

extension OpeningReport {
  /// What was repaired after an earlier report of the same store.
  func since(_ earlier: OpeningReport) -> OpeningReport {
    var news = self
    news.cutBytes -= min(earlier.cutBytes, cutBytes)
    news.differingDecisions -= min(earlier.differingDecisions, differingDecisions)
    if news.finishedErasure == earlier.finishedErasure { news.finishedErasure = nil }
    return news
  }

  /// What opening had to repair or found odd, a line each; empty if nothing.
  var notes: String {
    var notes = ""
    if cutBytes > 0 {
      notes +=
        "note: removed \(Quantity.bytes(cutBytes)) of an unfinished write from the end of the log\n"
    }
    if let reason = rebuiltBecause {
      notes += "note: rebuilt the derived files from the log, because \(visible(reason))\n"
    }
    if differingDecisions > 0 {
      let records = Quantity.counted(Int(clamping: differingDecisions), "record", "records")
      notes +=
        "note: the decisions recorded for \(records) of the log differ from those of this version; "
        + "check the store with 'cairn verify --replay'\n"
    }
    if let receipt = finishedErasure {
      notes +=
        "note: finished the erasure of record \(receipt.sequence.value), which had been interrupted\n"
    }
    return notes
  }
}

/// Prints text, or the same as JSON, on standard output unless said otherwise.
func show(
  json asJSON: Bool, to descriptor: Int32 = Output.standardOutput, text: () throws -> String,
  json build: (inout JSONBuilder) throws -> Void
) throws {
  let output = Output(descriptor: descriptor)
  guard asJSON else {
    try output.finish(with: try text())
    return
  }
  var json = JSONBuilder()
  try build(&json)
  try output.finish(with: json.text + "\n")
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

  /// An object of the three counts.
  func write(to json: inout JSONBuilder) {
    json.beginObject()
    for (name, count) in [("entered", entered), ("exited", exited), ("merged", merged)] {
      json.key(name)
      json.value(count)
    }
    json.endObject()
  }
}
