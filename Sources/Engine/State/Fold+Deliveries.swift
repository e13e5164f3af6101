// What records about deliveries do to the state: the progress of destinations, and their dead letters.

import Bytes
import Storage

extension Fold {
  /// Folds a destination's definition or removal.
  func apply(_ record: DestinationRecord) throws(StoreError) {
    let former = state.scalars.destinations.first { $0.number == record.number }?.outbox
    if record.defined == nil, let former, former.deadCount + former.requeuedCount > 0 {
      try forgetDeadLetters(of: record.number, after: .start)
    }
    state.scalars.fold(record)
  }

  /// Folds a record about deliveries; one for a destination that is gone changes nothing.
  func apply(_ input: DeliveryInput) throws(StoreError) {
    switch input {
    case .appended(let record): state.scalars.fold(record)
    case .handedOut(let record): try apply(record)
    case .settled(let record): try apply(record)
    case .ordered(let record): try apply(record)
    }
  }

  /// The place of a destination that has an outbox, and that.
  private func outbox(of number: UInt32) -> (place: Int, outbox: OutboxState)? {
    guard let place = state.scalars.destinations.firstIndex(where: { $0.number == number }),
      let outbox = state.scalars.destinations[place].outbox
    else { return nil }
    return (place, outbox)
  }

  private func apply(_ record: HandOutRecord) throws(StoreError) {
    guard let (place, former) = outbox(of: record.number) else { return }
    var outbox = former
    if outbox.requeuedCount > 0 {
      for item in record.items + record.withheld.map(\.change) {
        try forgetRequeued(item, of: record.number, &outbox)
      }
    }
    state.scalars.destinations[place].outbox = outbox
    state.scalars.destinations[place].fold(record)
  }

  private func apply(_ record: SettlementRecord) throws(StoreError) {
    guard let (place, _) = outbox(of: record.number) else { return }
    for result in record.results {
      state.scalars.destinations[place].fold(result, at: record.at)
      guard case .dead(let items, let failure, let attempts) = result,
        var outbox = state.scalars.destinations[place].outbox
      else { continue }
      for item in items {
        if outbox.requeuedCount > 0 { try forgetRequeued(item, of: record.number, &outbox) }
        let letter = DeadLetter(
          number: record.number, address: item, failure: failure, attempts: attempts,
          at: record.at)
        if try state.deadLetters.deadLetter(item, of: record.number) == nil {
          outbox.deadCount += 1
        }
        state.deadLetters.put(letter.key, letter.encode().span.bytes)
      }
      state.scalars.destinations[place].outbox = outbox
    }
  }

  private func forgetRequeued(
    _ item: FeedCursor, of number: UInt32, _ outbox: inout OutboxState
  ) throws(StoreError) {
    guard let letter = try state.deadLetters.deadLetter(item, of: number), letter.isRequeued
    else { return }
    state.deadLetters.remove(letter.key)
    outbox.requeuedCount -= 1
  }

  private func apply(_ record: DeliveryOrderRecord) throws(StoreError) {
    guard let (place, former) = outbox(of: record.number) else { return }
    var outbox = former
    outbox.orderCount &+= 1
    switch record.action {
    case .retry(let items):
      for item in items {
        guard var letter = try state.deadLetters.deadLetter(item, of: record.number),
          !letter.isRequeued
        else { continue }
        letter.isRequeued = true
        state.deadLetters.put(letter.key, letter.encode().span.bytes)
        outbox.deadCount -= 1
        outbox.requeuedCount += 1
      }
    case .skip(let items):
      for item in items {
        guard let letter = try state.deadLetters.deadLetter(item, of: record.number) else {
          continue
        }
        state.deadLetters.remove(letter.key)
        if letter.isRequeued { outbox.requeuedCount -= 1 } else { outbox.deadCount -= 1 }
      }
    case .replay(let cursor):
      try forgetDeadLetters(of: record.number, after: cursor, &outbox)
      outbox.remove(after: cursor)
      outbox.replayCount &+= 1
      state.scalars.destinations[place].cursor = min(
        state.scalars.destinations[place].cursor, cursor)
    }
    state.scalars.destinations[place].outbox = outbox
  }

  private func forgetDeadLetters(of number: UInt32, after cursor: FeedCursor) throws(StoreError) {
    for address in try state.deadLetters.deadLetters(of: number, after: cursor) {
      state.deadLetters.remove(TableKey(deadLetter: address, of: number))
    }
  }

  private func forgetDeadLetters(
    of number: UInt32, after cursor: FeedCursor, _ outbox: inout OutboxState
  ) throws(StoreError) {
    for address in try state.deadLetters.deadLetters(of: number, after: cursor) {
      guard let letter = try state.deadLetters.deadLetter(address, of: number) else { continue }
      state.deadLetters.remove(letter.key)
      if letter.isRequeued { outbox.requeuedCount -= 1 } else { outbox.deadCount -= 1 }
    }
  }
}
