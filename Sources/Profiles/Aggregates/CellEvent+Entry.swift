// Events as entries of a cell, and back.

import Bytes

extension CellEvent {
  /// The bytes of the event's entry.
  func entryByteCount(_ kind: CellKind) -> Int {
    switch kind {
    case .count, .sessions: CellLayout.countEntryBytes
    case .sum, .score: CellLayout.sumEntryBytes
    case .minimum, .maximum: CellLayout.extremeEntryBytes
    case .sequence: CellLayout.stepEntryBytes
    case .first, .last, .tally, .unmatched: CellLayout.selectionOverheadBytes + contentByteCount
    }
  }

  private var contentByteCount: Int {
    switch amount {
    case .value(let value): value.encodedByteCount
    case .keyed(let key, _): key.count + 1
    // The 0 that stands for a missing value.
    case .none: 1
    default: 0
    }
  }

  /// Writes the event as an entry of this kind over the bytes at `offset`.
  func storeEntry<Value: CellBytes & ~Copyable>(
    _ kind: CellKind, in value: inout Value, at offset: Int
  ) {
    switch kind {
    case .count, .sessions:
      value.store(time.milliseconds, at: offset)
    case .sum, .minimum, .maximum, .score:
      let term = term ?? .skipped
      value.store(time.milliseconds, at: offset)
      value.store(term.packed, at: offset + 8)
      value.store(term.amount.mantissa, at: offset + 12)
      if kind.isExtreme { value.store(term.rest, at: offset + 28) }
    case .sequence:
      guard case .steps(let mask) = amount else { return }
      value.store(time.milliseconds, at: offset)
      value.store(sequence.value, at: offset + 8)
      value.store(mask, at: offset + 16)
    case .first, .last, .tally, .unmatched:
      let size = entryByteCount(kind)
      value.store(UInt32(truncatingIfNeeded: size), at: offset)
      value.store(time.milliseconds, at: offset + 4)
      value.store(sequence.value, at: offset + 12)
      switch amount {
      case .value(let selected): selected.store(in: &value, at: offset + 20)
      case .keyed(let key, let role):
        value.store(role.rawValue, at: offset + 20)
        value.replace(at: offset + 21, with: key.span.bytes)
      // The 0 that stands for a missing value.
      default: value.store(UInt8(0), at: offset + 20)
      }
      value.store(UInt32(truncatingIfNeeded: size), at: offset + size - 4)
    }
  }
}

extension CellLayout {
  /// The event that an entry was made from, as far as its kind keeps it.
  func event(of entry: CellEntry, in bytes: RawSpan) throws(DecodeError) -> CellEvent {
    var sequence = SequenceNumber(0)
    var amount = CellAmount.none
    let position = entry.position
    switch kind {
    case .count, .sessions: break
    case .sum, .minimum, .maximum, .score:
      amount = term(of: entry, in: bytes).cellAmount
    case .sequence:
      sequence = SequenceNumber(bytes.load(at: position + 8, as: UInt64.self))
      amount = .steps(bytes.load(at: position + 16, as: UInt32.self))
    case .first, .last, .tally:
      sequence = self.sequence(of: entry, in: bytes)
      if isAbsent(entry, in: bytes) { break }
      let selection = try selection(of: entry, in: bytes)
      amount = .value(selection.value)
    case .unmatched:
      sequence = self.sequence(of: entry, in: bytes)
      guard let role = MatchRole(rawValue: bytes[position + 20]) else {
        throw DecodeError(.invalidValue, at: position)
      }
      let key = bytes.extracting((position + 21)..<(position + entry.byteCount - 4))
      amount = .keyed(key.toArray(), role)
    }
    return CellEvent(time: entry.time, sequence: sequence, amount: amount)
  }
}
