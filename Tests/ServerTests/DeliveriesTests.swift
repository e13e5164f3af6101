// Deliveries of a running store: a destination that fails is reported once, and once more when it works again.

import Activation
import Cairn
import CairnServer
import Engine
import Foundation
import Logging
import Storage
import Testing

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
    let log = CapturedLog()
    var lines: [String] {
      log.entries.filter { $0.level >= .info }.map {
        "\($0.level) \($0.metadata["destination"] ?? "")"
      }
    }
    let deliveries = Deliveries(log.logger)
    try FileManager.default.removeItem(atPath: outside)
    deliveries.run(on: store)
    deliveries.run(on: store)
    #expect(lines == ["warning crm"])
    try FileManager.default.createDirectory(atPath: outside, withIntermediateDirectories: true)
    deliveries.run(on: store)
    #expect(lines == ["warning crm", "notice crm"])
    let delivered = try String(contentsOfFile: file, encoding: .utf8)
    #expect(delivered.split(separator: "\n").count == 1)
    try store.close()
  }
}
