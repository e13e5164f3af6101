// Metrics in the text format of Prometheus, version 0.0.4.

import Cairn

/// Builds the text.
struct PrometheusText {
  private(set) var text = ""

  /// Begins a metric.
  mutating func begin(_ name: String, _ type: String, _ help: String) {
    text += "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n"
  }

  /// Adds a sample.
  mutating func sample(_ name: String, _ labels: [(String, String)], _ value: Double) {
    text += name
    if !labels.isEmpty {
      text += "{" + labels.map { "\($0)=\"\(Self.escaped($1))\"" }.joined(separator: ",") + "}"
    }
    text += " \(Self.number(value))\n"
  }

  /// Adds a metric that is one number.
  mutating func add(_ name: String, _ type: String, _ help: String, _ value: Double) {
    begin(name, type, help)
    sample(name, [], value)
  }

  /// Adds a histogram.
  mutating func add(_ name: String, _ help: String, _ histogram: LiveStatistics.Histogram) {
    begin(name, "histogram", help)
    var total = 0
    for (index, count) in histogram.counts.enumerated() {
      total += count
      let bound = index < histogram.bounds.count ? Self.number(histogram.bounds[index]) : "+Inf"
      sample(name + "_bucket", [("le", bound)], Double(total))
    }
    sample(name + "_sum", [], histogram.sum)
    sample(name + "_count", [], Double(total))
  }

  private static func number(_ value: Double) -> String {
    value == value.rounded() && value.magnitude < 1e15 ? String(Int64(value)) : String(value)
  }

  private static func escaped(_ value: String) -> String {
    var text = ""
    for character in value.unicodeScalars {
      switch character {
      case "\\": text += "\\\\"
      case "\"": text += "\\\""
      case "\n": text += "\\n"
      default: text.unicodeScalars.append(character)
      }
    }
    return text
  }
}
