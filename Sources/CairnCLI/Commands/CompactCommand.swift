// `cairn compact`: the events of each profile in one place.

import ArgumentParser
import Bytes
import Engine

/// Copies events to where the others of their profile are.
struct CompactCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compact",
    abstract: "Copy the events of each profile to one place, so that reading them is fast.",
    discussion: """
      Copies the events that came in since the last run; the log stays as it is. Answers do not change. Run \
      it after large imports, and regularly. If it is interrupted, run it again: it continues where it \
      stopped.

      Example: cairn compact shop
      """)

  @OptionGroup var target: StoreArgument
  @OptionGroup var options: ReportOptions

  func run() throws {
    let line = options.progress("compact")
    let report = try withStore(target) { store in
      defer { line.clear() }
      return try store.compact { progress in
        line.show(
          Progress(
            measure: .records, done: Int(clamping: progress.log.records),
            total: Int(clamping: progress.log.recordsTotal), events: Int(clamping: progress.events),
            elapsed: line.elapsed))
      }
    }
    let fields = Self.fields(report)
    try options.show(fields, note: Self.pace(report, line.elapsed))
  }

  private static func fields(_ report: CompactionReport) -> FieldList {
    var fields = FieldList()
    fields.add("events copied", .integer(Int64(clamping: report.events)))
    fields.add("their size", .bytes(report.eventBytes), key: "event_bytes")
    fields.add("through record", .integer(Int64(clamping: report.through.value)))
    fields.add("copies before", .bytes(report.bytesBefore), key: "copy_bytes_before")
    fields.add("copies now", .bytes(report.bytesAfter), key: "copy_bytes")
    return fields
  }

  private static func pace(_ report: CompactionReport, _ elapsed: Milliseconds) -> String {
    let progress = Progress(events: Int(clamping: report.events), elapsed: elapsed)
    return "\(Quantity.count(progress.eventsPerSecond)) events/s, "
      + "in \(Quantity.duration(elapsed))\n"
  }
}
