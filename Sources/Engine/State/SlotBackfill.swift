// Which aggregates have a history to catch up on, and the pass over the log for them: the same for the writer, for
// a replay and for a thread that runs during an ingest. Whose cells they are is for the caller to say.

import Audiences
import Bytes
import Events
import Profiles
import Storage

/// New slots of a plan, with what reads the log for them.
struct SlotBackfill: Sendable {
  let plan: EvaluationPlan
  private let reader: IdentifierReader
  /// Judges what is of people who have been erased, which counts for nothing.
  private let erased: ErasureFilter?
  private var isMeant: [Bool]
  /// Whether there is nothing to catch up on.
  private(set) var isEmpty = true

  /// Takes those of `slots` that `plan` uses.
  init(_ slots: some Sequence<Int>, of plan: EvaluationPlan, as fold: Fold) {
    self.init(slots, of: plan, fold.identifierReader, erased: fold.erased)
  }

  /// As above, by what reads identifiers and judges who has been erased.
  init(
    _ slots: some Sequence<Int>, of plan: EvaluationPlan, _ reader: IdentifierReader,
    erased: ErasureFilter?
  ) {
    self.plan = plan
    self.reader = reader
    self.erased = erased
    isMeant = [Bool](repeating: false, count: plan.aggregates.count)
    for slot in slots where plan.aggregates[slot] != nil {
      isMeant[slot] = true
      isEmpty = false
    }
  }

  /// How many records or profiles are taken between two looks at the memory in use.
  static let reliefInterval: UInt64 = 4096

  /// Passes each event of a part of the log that matters to the slots to `body`, with its identifiers and
  /// what it brings.
  ///
  /// - Parameter pause: Called every `reliefInterval` records, while nothing is being read.
  func scan(
    _ log: LogView, from: SequenceNumber, through: SequenceNumber,
    pause: (SequenceNumber) throws(StoreError) -> Void,
    _ body: (
      borrowing FoundIdentifiers, ArraySlice<CellInsertion>, EventAddress
    ) throws(StoreError) -> Void
  ) throws(StoreError) {
    guard !isEmpty, from <= through else { return }
    var pass = Pass()
    var erased = erased
    try log.scan(from: from, through: through) { (record) throws(StoreError) in
      if record.sequence.value.isMultiple(of: Self.reliefInterval) { try pause(record.sequence) }
      guard record.kind == RecordKind.event.rawValue else { return }
      // Before it is matched: a rule may require the absence of a value that is still in the log.
      switch try erased?.judge(record) ?? .untouched {
      case .untouched: try take(record.payload, of: record, &pass, body)
      case .reduced(let payload): try take(payload.span.bytes, of: record, &pass, body)
      case .erased: break
      }
    }
  }

  /// What is kept from event to event for its memory.
  private struct Pass {
    var insertions: [CellInsertion] = []
    var found = FoundIdentifiers()
  }

  private func take(
    _ payload: RawSpan, of record: borrowing RecordView, _ pass: inout Pass,
    _ body: (
      borrowing FoundIdentifiers, ArraySlice<CellInsertion>, EventAddress
    ) throws(StoreError) -> Void
  ) throws(StoreError) {
    let event: EventView
    do throws(DecodeError) { event = try EventView(payload) } catch {
      throw StoreError(error, in: "record \(record.sequence.value)")
    }
    pass.insertions.removeAll(keepingCapacity: true)
    try match(event, into: &pass.insertions)
    guard !pass.insertions.isEmpty else { return }
    do throws(DecodeError) { try reader.read(event, into: &pass.found) } catch {
      throw StoreError(error, in: "record \(record.sequence.value)")
    }
    let address = EventAddress(
      sequence: record.sequence, time: event.clock(receivedAt: record.receivedAt).time)
    try body(pass.found, pass.insertions[...], address)
  }

  private func match(
    _ event: borrowing EventView, into insertions: inout [CellInsertion]
  ) throws(StoreError) {
    for slot in plan.slots(forEventNamed: event.name) where isMeant[Int(slot)] {
      guard let amount = try plan.aggregates[Int(slot)]?.amountIfMatching(event) else { continue }
      insertions.append(CellInsertion(slot: slot, amount: amount))
    }
  }
}
