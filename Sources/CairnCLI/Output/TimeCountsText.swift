// The times of events, counted: one shape for the summary of an input, its preview and `stats`.

import Bytes
import Cairn
import Engine
import Events

extension TimeCounts {
  /// Problems with times, with their consequences.
  private var remarks: [(label: String, key: String, count: UInt64, meaning: String)] {
    [
      (
        "undated", "undated", undated,
        "no time was sent, so they count from their receipt, or in an import from the time reached"
      ),
      ("unreadable", "unreadable", unreadable, "they count from their receipt"),
      ("corrected", "corrected", corrected, "the sender's clock was off by a second or more"),
      (
        "clamped", "clamped", clamped,
        "more than 23 hours after their receipt, so they count from it"
      ),
      ("late", "late", late, "more than 24 hours before their receipt"),
      ("historical", "historical", historical, "sent as imports of the past"),
      ("out of order", "out_of_order", outOfOrder, "earlier than others that came before them"),
    ]
  }

  /// For people: the range, and a line for each count that is not 0; empty if there is neither.
  var text: String {
    var table = OutputTable([.init("times"), .init("events"), .init("meaning")])
    for remark in remarks where remark.count > 0 {
      table.add([
        .text(remark.label), .integer(Int64(clamping: remark.count)), .text(remark.meaning),
      ])
    }
    var text = ""
    if let earliest, let latest { text += "event times: \(earliest) to \(latest)\n" }
    if !table.rows.isEmpty { text += table.text }
    if outOfOrder > 0 {
      text += """
        note: events out of order change memberships when they come in, not at their own time, so that
        --as-of answers for earlier instants without them; to avoid this, sort the input by time

        """
    }
    return text
  }

  /// For programs: an object.
  func write(to json: inout JSONBuilder) {
    json.beginObject()
    for (key, instant) in [("earliest", earliest), ("latest", latest)] {
      json.key(key)
      if let instant { json.value(instant.description) } else { json.null() }
    }
    for remark in remarks {
      json.key(remark.key)
      json.value(remark.count)
    }
    json.endObject()
  }
}
