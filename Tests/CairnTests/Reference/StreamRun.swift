// Feeds a stream's steps to a store.

import Bytes
import Cairn

extension Store {
  /// Applies one step; the verdicts of its lines, in order.
  func apply(
    _ step: StreamStep, clock: StandingClock, batch: Int = 1000
  ) throws -> [Verdict] {
    clock.set(step.clock)
    var verdicts: [Verdict] = []
    switch step.action {
    case .tick: _ = try tick(to: Timestamp(milliseconds: step.clock))
    case .apply(let definitions): _ = try apply(definitions.map(DefinitionText.init))
    case .ingest(let source, let lines):
      var options = IngestOptions()
      options.source = source
      options.batchRecords = batch
      let bytes = Array((lines.map(\.text).joined(separator: "\n") + "\n").utf8)
      _ = try ingest(lines: bytes, options: options) { verdicts.append($0.verdict) }
    }
    return verdicts
  }
}

extension DefinitionText {
  init(_ definition: ReferenceDefinition) {
    let kind: DefinitionRecord.Kind =
      if case .trait = definition.meaning { .trait } else { .audience }
    self.init(kind: kind, name: definition.name, text: definition.text, file: "test")
  }
}
