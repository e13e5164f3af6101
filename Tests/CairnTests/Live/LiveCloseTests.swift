// A live store that is closed while callers wait: each gets an answer, and what was acknowledged is there.

import Bytes
import Foundation
import Storage
import Testing

@testable import Cairn
@testable import Engine

@Suite struct LiveCloseTests {
  private let directory = TemporaryDirectory()

  @Test func everyCallerIsAnsweredAndNothingAcknowledgedIsLost() async throws {
    try Store.create(at: directory.store).close()
    let live = try LiveStore.open(at: directory.store)
    let source = try await live.source(named: "web")
    let outcomes = await withTaskGroup(of: Int?.self) { group in
      for caller in 0..<64 {
        group.addTask {
          var acknowledged = 0
          for index in 0..<1000 {
            let text =
              #"{"type":"track","event":"A","userId":"u","messageId":"\#(caller)-\#(index)"}"#
            do throws(LiveError) {
              _ = try await live.collect(Array(text.utf8), from: source)
              acknowledged += 1
              _ = try await live.snapshot()
              try await live.withStore { (_) throws(StoreError) in }
            } catch {
              guard case .draining = error else { return nil }
              return acknowledged
            }
          }
          return nil
        }
      }
      group.addTask {
        while (try? await live.snapshot().lastSequence.value) ?? .max < 100 { await Task.yield() }
        try? live.close()
        return 0
      }
      return await group.reduce(into: []) { $0.append($1) }
    }
    #expect(outcomes.allSatisfy { $0 != nil })
    let store = try Store.open(at: directory.store)
    // One record names the source.
    let acknowledged = outcomes.reduce(0) { $0 + ($1 ?? 0) }
    #expect(Int(store.lastSequence.value) - 1 >= acknowledged)
    #expect(acknowledged > 0)
    try store.close()
  }
}
