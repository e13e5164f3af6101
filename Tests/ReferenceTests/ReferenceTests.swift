// Every kind of trait and every shape of audience over generated events, equal to what brute force says
// about them (Benchmarks/Reference). `cairn-bench reference` does the same with more of everything.

import Foundation
import Reference
import ReferenceCheck
import StorageSimulation
import Synthetic
import Testing

@Suite(.serialized) struct ReferenceTests {
  /// Takes in generated events and compares; the store goes with the test.
  private func compare(
    _ count: Int, seed: UInt64, _ scope: Catalogue.Scope, plainEvents: Int, share: Int,
    laterDays: [Int64]
  ) throws -> ReferenceRun {
    let path = NSTemporaryDirectory() + "cairn-reference-" + UUID().uuidString
    defer { try? FileManager.default.removeItem(atPath: path) }
    var run = try ReferenceRun(
      at: path, catalogue: Catalogue(scope), plainEvents: plainEvents, share: share)
    var stream = SyntheticEvents(
      count: count, people: max(1, count / 8), seed: seed, knowsTruth: true)
    var lines: [UInt8] = []
    var truth: [UInt8] = []
    repeat {
      lines.removeAll(keepingCapacity: true)
      truth.removeAll(keepingCapacity: true)
      while lines.count < 1 << 20, stream.appendNext(to: &lines, truth: &truth) {}
      try run.take(lines[...], truth: truth)
    } while !lines.isEmpty
    try run.finish(laterDays: laterDays)
    try run.close()
    #expect(run.differences.count == 0, "\(run.differences.lines.joined(separator: "\n"))")
    #expect(run.events + run.duplicates == count)
    return run
  }

  @Test func allDefinitionsOfAFewEvents() throws {
    let run = try compare(
      6000, seed: 3, .wide, plainEvents: 0, share: 1, laterDays: [16, 92])
    #expect(run.persons > 500)
    #expect(run.accounts > 10)
    #expect(run.duplicates > 20)
  }

  @Test func everyKindAndShapeOfManyEvents() throws {
    let count = TestDepth.of(200_000, part: 20_000)
    let run = try compare(
      count, seed: 5, .core, plainEvents: count - 4000, share: 12, laterDays: [16])
    #expect(run.persons > count / 10 && run.accounts > count / 400)
    #expect(run.duplicates > count / 200)
  }
}
