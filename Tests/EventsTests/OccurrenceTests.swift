// The count of equal contents, below and above what it counts exactly.

import Bytes
import Testing

@testable import Events

@Suite struct OccurrenceTests {
  @Test func aNumberCanBeGiven() {
    let content = Hash128(high: 1, low: 0)
    for limit in [10, 0] {
      var counter = OccurrenceCounter(exactMax: limit)
      let numbers = [0, 3, 1, 0, 9].map { counter.next(content, atLeast: $0) }
      #expect(numbers == [0, 3, 4, 5, 9])
    }
  }

  @Test func equalContentsAreNumberedEvenWhereCountersAreShared() {
    var generator = SeededGenerator(seed: 3)
    let contents = (0..<2_000).map { _ in
      Hash128(high: UInt64.random(in: 0..<500, using: &generator), low: 0)
    }
    var exact = OccurrenceCounter()
    var seen: [UInt64: UInt32] = [:]
    for content in contents {
      #expect(exact.next(content) == seen[content.high, default: 0])
      seen[content.high, default: 0] += 1
    }
    var first = OccurrenceCounter(exactMax: 100)
    let numbers = contents.map { first.next($0) }
    var second = OccurrenceCounter(exactMax: 100)
    #expect(contents.map { second.next($0) } == numbers)
    var pairs: Set<[UInt64]> = []
    for (content, number) in zip(contents, numbers) {
      pairs.insert([content.high, UInt64(number)])
    }
    #expect(pairs.count == contents.count)
  }
}
