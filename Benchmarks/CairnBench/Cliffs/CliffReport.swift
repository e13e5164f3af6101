// The judgements of all shapes, as an aligned table or as JSON.

import Foundation

/// What all shapes came to.
struct CliffReport {
  let judgements: [CliffJudgement]
  /// What a plain event cost, in microseconds.
  let plain: Double
  /// The most anonymous memory, in bytes.
  let memoryMost: Int

  /// How many shapes are cliffs.
  var failed: Int { judgements.count { !$0.faults(memoryMost: memoryMost).isEmpty } }

  /// The table.
  var text: String {
    var rows = [["shape", "µs an event, by size", "growth", "× plain", "MiB", "B/event", ""]]
    for judgement in judgements {
      let measurement = judgement.measurement
      rows.append([
        measurement.shape,
        measurement.microseconds.map { number($0) }.joined(separator: "  "),
        number(judgement.growth), number(judgement.timesPlain),
        "\(measurement.memoryBytesMost >> 20)", "\(measurement.memoryBytesPerEvent)",
        judgement.faults(memoryMost: memoryMost).joined(separator: ", "),
      ])
    }
    let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    let lines = rows.map { row in
      row.indices.map { column in
        let blanks = String(repeating: " ", count: widths[column] - row[column].count)
        return column == 0 || column == row.count - 1 ? row[column] + blanks : blanks + row[column]
      }.joined(separator: "  ").trimmingTrailingBlanks
    }
    return lines.joined(separator: "\n")
      + "\n\(judgements.count) shapes, \(failed) fail; a plain event costs \(number(plain)) µs"
  }

  private func number(_ value: Double) -> String { String(format: "%.1f", value) }

  private struct Row: Encodable {
    var measurement: CliffMeasurement
    var growth: Double
    var timesPlain: Double
    var faults: [String]
  }

  /// The measurements with what is wrong with each.
  var json: String {
    get throws {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
      let rows = judgements.map {
        Row(
          measurement: $0.measurement, growth: $0.growth, timesPlain: $0.timesPlain,
          faults: $0.faults(memoryMost: memoryMost))
      }
      return String(decoding: try encoder.encode(rows), as: UTF8.self)
    }
  }
}

extension String {
  fileprivate var trimmingTrailingBlanks: String {
    var text = self[...]
    while text.last == " " { text.removeLast() }
    return String(text)
  }
}
