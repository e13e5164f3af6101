// The handle through which a row changes in place. What the fold of every event goes through: its loads and stores
// are checked, but inlined.

import Bytes

/// A row of a table while it is being changed in place.
///
/// Made by `RowTable.edit`; of no use once the row has been changed through another. All positions are checked: one outside
/// the row is a programmer error and traps. Integers are little-endian and need no alignment.
///
/// Complexity: `load` and `store` O(1), about a nanosecond; the others O(bytes moved), where growth is amortised.
public struct MutableRow: ~Copyable {
  @usableFromInline var start: UnsafeMutableRawPointer
  /// The number of bytes.
  public private(set) var count: Int
  private let ordinal: UInt32
  // The table outlives the handle, which only its writer has; a counted reference would be counted by each event.
  private let table: Unmanaged<RowTable>

  @inline(__always)
  init(_ piece: UnsafeMutableRawPointer, _ ordinal: UInt32, _ table: RowTable) {
    start = piece + RowFormat.pieceHeaderBytes
    count = RowPiece.byteCount(piece)
    self.ordinal = ordinal
    self.table = Unmanaged.passUnretained(table)
  }

  /// The bytes.
  public var bytes: RawSpan {
    @_lifetime(borrow self)
    borrowing get {
      let span = RawSpan(_unsafeStart: start, byteCount: count)
      return _overrideLifetime(span, borrowing: self)
    }
  }

  /// Reads the integer at byte `offset`.
  @inlinable
  public func load<T: FixedWidthInteger & BitwiseCopyable>(at offset: Int, as type: T.Type) -> T {
    precondition(
      offset >= 0 && MemoryLayout<T>.size <= count && offset <= count &- MemoryLayout<T>.size,
      "load outside the row")
    return T(littleEndian: start.loadUnaligned(fromByteOffset: offset, as: T.self))
  }

  /// Overwrites the integer at byte `offset`.
  @inlinable
  public mutating func store<T: FixedWidthInteger & BitwiseCopyable>(_ value: T, at offset: Int) {
    precondition(
      offset >= 0 && MemoryLayout<T>.size <= count && offset <= count &- MemoryLayout<T>.size,
      "store outside the row")
    start.storeBytes(of: value.littleEndian, toByteOffset: offset, as: T.self)
  }

  /// Overwrites the bytes at `offset` with those of `span`, which must fit.
  public mutating func replace(at offset: Int, with span: RawSpan) {
    precondition(
      offset >= 0 && span.byteCount <= count && offset <= count - span.byteCount,
      "replacement outside the row")
    copy(span, to: offset)
  }

  /// Makes the bytes of `span` all that the row has.
  public mutating func assign(_ span: RawSpan) {
    setCount(span.byteCount, exactly: true)
    copy(span, to: 0)
  }

  /// Adds the bytes of `span` at the end.
  public mutating func append(_ span: RawSpan) {
    let old = count
    setCount(old + span.byteCount)
    copy(span, to: old)
  }

  /// Puts the bytes of `span` before the byte at `offset`, or at the end if `offset` is `count`.
  public mutating func insert(_ span: RawSpan, at offset: Int) {
    precondition(offset >= 0 && offset <= count, "insertion outside the row")
    let tail = count - offset
    setCount(count + span.byteCount)
    // memmove semantics: source and target may overlap.
    (start + offset + span.byteCount).copyMemory(from: start + offset, byteCount: tail)
    copy(span, to: offset)
  }

  /// Puts `added` zeros before the byte at `offset`, or at the end if `offset` is `count`.
  public mutating func insertZeros(_ added: Int, at offset: Int) {
    precondition(offset >= 0 && offset <= count && added >= 0, "insertion outside the row")
    let tail = count - offset
    setCount(count + added)
    if tail > 0 { (start + offset + added).copyMemory(from: start + offset, byteCount: tail) }
    (start + offset).initializeMemory(as: UInt8.self, repeating: 0, count: added)
  }

  /// Takes out the bytes of `range`.
  public mutating func removeSubrange(_ range: Range<Int>) {
    precondition(range.lowerBound >= 0 && range.upperBound <= count, "removal outside the row")
    (start + range.lowerBound).copyMemory(
      from: start + range.upperBound, byteCount: count - range.upperBound)
    setCount(count - range.count)
  }

  /// Changes the number of bytes; new ones at the end are zero.
  public mutating func resize(to newCount: Int) {
    precondition(newCount >= 0, "a row has no negative length")
    let old = count
    setCount(newCount)
    if newCount > old {
      (start + old).initializeMemory(as: UInt8.self, repeating: 0, count: newCount - old)
    }
  }

  /// Takes out all bytes; the row stays.
  public mutating func removeAll() { setCount(0) }

  mutating func setCount(_ newCount: Int, exactly: Bool = false) {
    let piece = start - RowFormat.pieceHeaderBytes
    let room = RowPiece.units(piece) &* RowFormat.unitBytes &- RowFormat.pieceHeaderBytes
    if newCount > room {
      let larger = table._withUnsafeGuaranteedRef {
        $0.grow(piece, ordinal, toHold: newCount, exactly: exactly)
      }
      start = larger + RowFormat.pieceHeaderBytes
    }
    RowPiece.setByteCount(start - RowFormat.pieceHeaderBytes, newCount)
    count = newCount
  }

  private func copy(_ span: RawSpan, to offset: Int) {
    span.withUnsafeBytes { source in
      guard let from = source.baseAddress else { return }
      (start + offset).copyMemory(from: from, byteCount: source.count)
    }
  }
}
