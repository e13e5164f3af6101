// Large tables of cells: what the order of their records says is what a look at all of them says.

import Bytes
import StorageSimulation
import Testing

@testable import Profiles

struct CellOrderTests {
  private static let windows: [CellWindow] = [
    .allTime, .last(Milliseconds(400)), .ago(newest: Milliseconds(50), oldest: Milliseconds(500)),
  ]
  private static let specs: [CellSpec] =
    windows.flatMap { window in
      [
        CellSpec(.uniqueCount, window: window), CellSpec(.mostFrequent, window: window),
        CellSpec(.leastFrequent, window: window),
        CellSpec(.uniqueList, window: window, .limit(7)),
        CellSpec(.categoryCount, window: window, .limit(5)),
      ]
    } + windows.prefix(2).map { CellSpec(.unmatched, window: $0) }

  private func event(
    _ sequence: UInt64, _ now: Timestamp, _ spec: CellSpec, _ random: inout SeededRandom
  ) -> CellEvent {
    // Few values, or very many, in one phase after the other; some late, and a few of the future.
    let kinds = sequence / 300 % 2 == 0 ? 1000 : 30
    let value = Int.random(in: 0..<kinds, using: &random)
    let late: Int64 = random.chance(10) ? -Int64.random(in: 0..<300, using: &random) : 0
    let future: Int64 = random.chance(2) ? Int64.random(in: 0..<100, using: &random) : 0
    let time = Timestamp(milliseconds: now.milliseconds + late + future)
    guard spec.kind == .unmatched else {
      return CellEvent(
        time: time, sequence: SequenceNumber(sequence),
        amount: .value(.string(Array("v\(value)".utf8))))
    }
    let roles: [MatchRole] = [.asks, .asks, .asks, .answersOnly, .both]
    return CellEvent(
      time: time, sequence: SequenceNumber(sequence),
      amount: .keyed(Array("k\(value)".utf8), roles[Int.random(in: 0..<5, using: &random)]))
  }

  @Test(arguments: specs) func theOrderSaysWhatAllRecordsSay(spec: CellSpec) throws {
    var random = SeededRandom(7)
    var cell = ArrayCell()
    var now = Timestamp(milliseconds: 1_000_000)
    var (compared, ordered) = (0, 0)
    for sequence in UInt64(1)...1000 {
      // Now and then the window empties.
      let isPause = random.chance(1) && sequence.isMultiple(of: 3)
      now = now + Milliseconds(Int64.random(in: 0...(isPause ? 600 : 2), using: &random))
      let event = event(sequence, now, spec, &random)
      if spec.ignores(event.form, at: event.time, now: now) { continue }
      try Cell.insert(into: &cell, spec, event, now: now)
      guard cell.count > 0 else { continue }
      let layout = try CellLayout(cell.bytes, spec)
      let isLarge = layout.stateBytes > 0 ? try layout.table(in: cell.bytes).hasOrder : false
      for later in [0, Int64.random(in: 1..<200, using: &random)] {
        let instant = now + Milliseconds(later)
        guard let (value, change) = try Cell.brief(cell.bytes, spec, now: instant) else { continue }
        var whole = try Cell.answer(cell.bytes, spec, now: instant)
        whole.value.finish(as: spec)
        try #require(value.count == whole.value.count, "\(sequence) +\(later)")
        try #require(value.selection == whole.value.selection, "\(sequence) +\(later)")
        try #require(value.isTruncated == whole.value.isTruncated, "\(sequence) +\(later)")
        try #require(value.parts == whole.value.parts || spec.kind == .unmatched)
        try #require(change ?? .latest <= whole.change ?? .latest, "\(sequence) +\(later)")
        try #require(change ?? .latest > instant, "\(sequence) +\(later)")
        compared += 1
        if isLarge { ordered += 1 }
      }
    }
    #expect(compared > 500 && ordered > 200, "\(compared) \(ordered)")
  }
}
