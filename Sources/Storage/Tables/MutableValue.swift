// The handle through which a value of a table, hashed or by ordinal, changes in place. Separate because it is what
// the fold of every event goes through: its loads and stores are checked, but inlined.

import Bytes

/// A value of a table while it is being changed in place.
///
/// Of a `Table`, valid inside the body of `mutate` only; of a `RowTable`, until the row is changed through another. All
/// positions are checked: one outside the value is a programmer error and traps. Integers are little-endian and need no
/// alignment.
///
/// Complexity: `load` and `store` O(1), about a nanosecond; the others O(bytes moved), where growth
/// is amortised by doubling.
public struct MutableValue: ~Copyable {
  // Inlinable into the modules that fold events: an unspecialised generic load costs 20 ns there.
  @usableFromInline var start: UnsafeMutableRawPointer
  /// The number of bytes.
  public private(set) var count: Int
  private let home: Home

  /// Who makes room.
  ///
  /// It outlives the handle, which only its writer has; a counted reference would be counted by each event.
  private enum Home {
    case slot(UnsafeMutablePointer<MemtableSlot>, Unmanaged<Memtable>)
    case row(UInt32, Unmanaged<RowTable>)
  }

  init(_ slot: UnsafeMutablePointer<MemtableSlot>, _ memtable: Memtable) {
    home = .slot(slot, Unmanaged.passUnretained(memtable))
    start = Memtable.address(slot)
    count = Int(slot.pointee.count)
  }

  /// Changes the row whose piece begins at `piece`.
  @inline(__always)
  init(_ piece: UnsafeMutableRawPointer, _ ordinal: UInt32, _ table: RowTable) {
    home = .row(ordinal, Unmanaged.passUnretained(table))
    start = piece + RowFormat.pieceHeaderBytes
    count = RowPiece.byteCount(piece)
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
      "load outside the value")
    return T(littleEndian: start.loadUnaligned(fromByteOffset: offset, as: T.self))
  }

  /// Overwrites the integer at byte `offset`.
  @inlinable
  public mutating func store<T: FixedWidthInteger & BitwiseCopyable>(_ value: T, at offset: Int) {
    precondition(
      offset >= 0 && MemoryLayout<T>.size <= count && offset <= count &- MemoryLayout<T>.size,
      "store outside the value")
    start.storeBytes(of: value.littleEndian, toByteOffset: offset, as: T.self)
  }

  /// Overwrites the bytes at `offset` with those of `span`, which must fit.
  public mutating func replace(at offset: Int, with span: RawSpan) {
    precondition(
      offset >= 0 && span.byteCount <= count && offset <= count - span.byteCount,
      "replacement outside the value")
    copy(span, to: offset)
  }

  /// Makes the bytes of `span` all that the value has.
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
    precondition(offset >= 0 && offset <= count, "insertion outside the value")
    let tail = count - offset
    setCount(count + span.byteCount)
    // memmove semantics: source and target may overlap.
    (start + offset + span.byteCount).copyMemory(from: start + offset, byteCount: tail)
    copy(span, to: offset)
  }

  /// Puts `added` zeros before the byte at `offset`, or at the end if `offset` is `count`.
  public mutating func insertZeros(_ added: Int, at offset: Int) {
    precondition(offset >= 0 && offset <= count && added >= 0, "insertion outside the value")
    let tail = count - offset
    setCount(count + added)
    if tail > 0 { (start + offset + added).copyMemory(from: start + offset, byteCount: tail) }
    (start + offset).initializeMemory(as: UInt8.self, repeating: 0, count: added)
  }

  /// Makes room in two places at once; the new bytes hold anything and are to be set.
  ///
  /// - Parameters:
  ///   - first: How many bytes before which byte.
  ///   - second: The same for a place not before the first, by the positions as they are before.
  public mutating func insertGaps(
    _ first: (byteCount: Int, offset: Int), _ second: (byteCount: Int, offset: Int)
  ) {
    precondition(
      first.offset >= 0 && first.offset <= second.offset && second.offset <= count
        && first.byteCount >= 0 && second.byteCount >= 0, "insertion outside the value")
    let old = count
    setCount(old + first.byteCount + second.byteCount)
    // memmove semantics: source and target may overlap.
    (start + second.offset + first.byteCount + second.byteCount).copyMemory(
      from: start + second.offset, byteCount: old - second.offset)
    (start + first.offset + first.byteCount).copyMemory(
      from: start + first.offset, byteCount: second.offset - first.offset)
  }

  /// Makes room for more bytes, so that they need not be moved one after the other.
  public mutating func reserve(_ byteCount: Int) {
    let present = count
    guard byteCount > present else { return }
    setCount(byteCount, exactly: true)
    setCount(present)
  }

  /// Copies the bytes of `range` to another place, over what is there; both may overlap.
  public mutating func copy(_ range: Range<Int>, to offset: Int) {
    precondition(
      range.lowerBound >= 0 && range.upperBound <= count && offset >= 0
        && offset <= count - range.count, "copy outside the value")
    // memmove semantics: source and target may overlap.
    (start + offset).copyMemory(from: start + range.lowerBound, byteCount: range.count)
  }

  /// Takes out the bytes of `range`.
  public mutating func removeSubrange(_ range: Range<Int>) {
    precondition(range.lowerBound >= 0 && range.upperBound <= count, "removal outside the value")
    (start + range.lowerBound).copyMemory(
      from: start + range.upperBound, byteCount: count - range.upperBound)
    setCount(count - range.count)
  }

  /// Changes the number of bytes; new ones at the end are zero.
  public mutating func resize(to newCount: Int) {
    precondition(newCount >= 0, "a value has no negative length")
    let old = count
    setCount(newCount)
    if newCount > old {
      (start + old).initializeMemory(as: UInt8.self, repeating: 0, count: newCount - old)
    }
  }

  /// Takes out all bytes; keeps the memory.
  public mutating func removeAll() { setCount(0) }

  /// Changes the number of bytes; new ones hold anything.
  ///
  /// - Parameter exactly: Whether the value is not expected to grow again.
  mutating func setCount(_ newCount: Int, exactly: Bool = false) {
    switch home {
    case .slot(let slot, let memtable):
      memtable._withUnsafeGuaranteedRef { $0.resize(slot, to: newCount) }
      start = Memtable.address(slot)
    case .row(let ordinal, let table):
      var piece = start - RowFormat.pieceHeaderBytes
      if newCount > RowPiece.capacity(piece) {
        piece = table._withUnsafeGuaranteedRef {
          $0.grow(piece, ordinal, toHold: newCount, exactly: exactly)
        }
        start = piece + RowFormat.pieceHeaderBytes
      }
      RowPiece.setByteCount(piece, newCount)
    }
    count = newCount
  }

  private func copy(_ span: RawSpan, to offset: Int) {
    span.withUnsafeBytes { source in
      guard let from = source.baseAddress else { return }
      (start + offset).copyMemory(from: from, byteCount: source.count)
    }
  }
}
