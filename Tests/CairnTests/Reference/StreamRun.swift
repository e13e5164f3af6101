// Feeds a stream's steps to a store.

import Bytes
import Cairn
import Foundation
@testable import Engine

extension Store {
  /// Applies one step; the verdicts of its lines, in order.
  ///
  /// - Parameter file: A path to write the lines to and ingest them from; from memory if nil.
  func apply(
    _ step: StreamStep, clock: StandingClock, batch: Int = 1000, through file: String? = nil
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
      // As from memory: a list is a line that is not an event.
      options.format = .lines
      let bytes = Array((lines.map(\.text).joined(separator: "\n") + "\n").utf8)
      guard let file else {
        _ = try ingest(lines: bytes, options: options) { verdicts.append($0.verdict) }
        return verdicts
      }
      try Data(bytes).write(to: URL(filePath: file))
      let handle = try FileHandle(forReadingFrom: URL(filePath: file))
      _ = try ingest(descriptor: handle.fileDescriptor, options: options) {
        verdicts.append($0.verdict)
      }
      try handle.close()
    }
    return verdicts
  }
}

extension DefinitionText {
  init(_ definition: ReferenceDefinition) {
    let kind: DefinitionRecord.Kind =
      switch (definition.meaning, definition.isOfAccounts) {
      case (.trait, false): .trait
      case (.audience, false): .audience
      case (.trait, true): .accountTrait
      case (.audience, true): .accountAudience
      }
    self.init(kind: kind, name: definition.name, text: definition.text, file: "test")
  }
}
