// Deliveries of a running store: a destination that fails is reported once, and once more when it works again.

import Activation
import Cairn
import CairnServer
import Engine
import Foundation
import Logging
import Storage
import Synchronization
import Testing

/// Keeps the lines that are logged.
private final class LogLines: Sendable {
  private let held = Mutex<[String]>([])

  var lines: [String] { held.withLock { $0 } }

  func append(_ line: String) { held.withLock { $0.append(line) } }
}

private struct LogLinesHandler: LogHandler {
  let lines: LogLines
  var metadata = Logger.Metadata()
  var logLevel = Logger.Level.info

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    lines.append("\(event.level) \(event.metadata?["destination"] ?? "")")
  }
}

@Suite struct DeliveriesTests {
  @Test func failuresAreReportedOnceAndTriedAgain() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
      .path
    let outside = folder + "/out"
    try FileManager.default.createDirectory(atPath: outside, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let store = try Store.create(at: folder + "/store")
    _ = try store.apply([
      DefinitionText(kind: .audience, name: "some", text: #"performed("A")"#, file: "test")
    ])
    let file = outside + "/d.ndjson"
    try store.addDestination(Destination(name: "crm", path: file, audiences: ["some"]))
    _ = try store.ingest(lines: Array(#"{"type":"track","event":"A","userId":"u"}"#.utf8))
    let lines = LogLines()
    let deliveries = Deliveries(Logger(label: "test") { _ in LogLinesHandler(lines: lines) })
    try FileManager.default.removeItem(atPath: outside)
    deliveries.run(on: store)
    deliveries.run(on: store)
    #expect(lines.lines == ["warning crm"])
    try FileManager.default.createDirectory(atPath: outside, withIntermediateDirectories: true)
    deliveries.run(on: store)
    #expect(lines.lines == ["warning crm", "notice crm"])
    let delivered = try String(contentsOfFile: file, encoding: .utf8)
    #expect(delivered.split(separator: "\n").count == 1)
    try store.close()
  }
}
