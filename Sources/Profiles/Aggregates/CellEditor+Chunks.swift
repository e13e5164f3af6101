// Changing entries, whether they lie back to back or in chunks.

import Bytes

extension CellEditor {
  /// Puts an event's entry at a place.
  ///
  /// - Parameters:
  ///   - size: The bytes of the entry.
  ///   - beforeEnd: Whether the event has come in: what begins at the place is then the future, otherwise the
  ///     event is the first of that.
  /// - Returns: The place of the entry.
  /// - Complexity: O(bytes of a chunk), and now and then O(chunks).
  mutating func insertEntry<Value: CellBytes & ~Copyable>(
    _ event: CellEvent, _ size: Int, at place: CellCursor, beforeEnd: Bool, into value: inout Value
  ) throws(DecodeError) -> CellCursor {
    guard layout.isChunked else {
      let position = layout.entriesOffset + place.inside
      value.insertZeros(size, at: position)
      event.storeEntry(layout.kind, in: &value, at: position)
      if beforeEnd {
        let end = layout.end.inside + size
        setCursors(start: layout.start, end: CellCursor(offset: end, inside: end), &value)
      }
      return place
    }
    // Cursors at the place stay before the entry, except for the end if the event has come in.
    let (isStartHere, isEndHere) = (layout.start == place, layout.end == place)
    let found = try makeRoom(for: size, at: place, in: &value)
    let chunk = try layout.chunk(found.chunk, in: value.bytes)
    let position = chunk.position + found.inside
    value.copy(position..<(chunk.position + chunk.used), to: position + size)
    event.storeEntry(layout.kind, in: &value, at: position)
    storeUsed(chunk.used + size, of: found.chunk, &value)
    layout.chunkedBytes += size
    value.store(UInt32(truncatingIfNeeded: layout.chunkedBytes), at: layout.entriesOffset + 4)
    var (start, end) = (layout.start, layout.end)
    if isStartHere {
      (start.chunk, start.inside) = (found.chunk, found.inside)
    } else {
      start.move(by: size, ifBehind: found)
    }
    if isEndHere {
      (end.chunk, end.inside) = (found.chunk, found.inside)
      if beforeEnd {
        end.offset += size
        end.inside += size
        end = try layout.normalised(end, in: value.bytes)
      }
    } else {
      end.move(by: size, ifBehind: found)
    }
    setCursors(start: start, end: end, &value)
    if layout.digest == .extremes { digest(event.term, into: found.chunk, &value) }
    return found
  }

  /// Makes chunks of entries that have become many.
  mutating func makeChunks<Value: CellBytes & ~Copyable>(
    of value: inout Value, _ spec: CellSpec
  ) throws(DecodeError) {
    guard !layout.isChunked, layout.hasTimeline, spec.canHaveChunks else { return }
    let size = layout.entryByteCount(value.bytes)
    guard size > 2 * layout.chunkBytes else { return }
    var (heap, directory) = (ByteWriter(), ByteWriter())
    let base = layout.entriesOffset
    let limit = try layout.limit(value.bytes)
    var (place, first) = (CellCursor(), CellCursor())
    var (start, end) = (layout.start, layout.end)
    var count = 0
    func close(_ bytes: RawSpan) {
      let used = place.offset - first.offset
      if first.offset <= start.offset {
        (start.chunk, start.inside) = (count, start.offset - first.offset)
      }
      if first.offset <= end.offset { (end.chunk, end.inside) = (count, end.offset - first.offset) }
      let capacity = max(layout.chunkBytes, used)
      for field in [heap.bytes.count, capacity, used, 0] {
        directory.u32(UInt32(truncatingIfNeeded: field))
      }
      directory.append([UInt8](repeating: 0, count: layout.digest.chunkBytes).span.bytes)
      heap.append(bytes.extracting((base + first.offset)..<(base + place.offset)))
      heap.append([UInt8](repeating: 0, count: capacity - used).span.bytes)
      count += 1
      first = place
    }
    while place < limit {
      let entry = try layout.entry(at: place, in: value.bytes)
      // Left a quarter empty, for what may still come between.
      if place > first, place.offset - first.offset + entry.byteCount > layout.chunkBytes / 4 * 3 {
        close(value.bytes)
      }
      place = try layout.place(after: entry, in: value.bytes)
    }
    close(value.bytes)
    value.removeSubrange(base..<value.count)
    value.insertZeros(CellLayout.chunkHeaderBytes, at: base)
    value.insert(heap.bytes.span.bytes, at: base + CellLayout.chunkHeaderBytes)
    value.insert(directory.bytes.span.bytes, at: value.count)
    layout.isChunked = true
    layout.chunkCount = count
    layout.chunkedBytes = size
    layout.heapBytes = heap.bytes.count
    layout.deadBytes = 0
    value.store(
      layout.kind.rawValue | CellLayout.timelineFlag | CellLayout.chunksFlag, at: 1)
    storeChunkHeader(&value)
    setCursors(start: start, end: end, &value)
    try makeDigests(&value, spec)
  }

  /// Lays the entries back to back again.
  ///
  /// - Complexity: O(bytes of the cell).
  mutating func flatten<Value: CellBytes & ~Copyable>(
    _ value: inout Value
  ) throws(DecodeError) {
    guard layout.isChunked else { return }
    var entries = ByteWriter()
    try layout.visitEntryBytes(from: CellCursor(), in: value.bytes) { entries.append($0) }
    guard entries.bytes.count == layout.chunkedBytes else {
      throw DecodeError(.invalidValue, at: layout.entriesOffset)
    }
    value.removeSubrange(layout.entriesOffset..<value.count)
    value.insert(entries.bytes.span.bytes, at: layout.entriesOffset)
    layout.isChunked = false
    value.store(layout.kind.rawValue | CellLayout.timelineFlag, at: 1)
    setCursors(
      start: CellCursor(offset: layout.start.offset, inside: layout.start.offset),
      end: CellCursor(offset: layout.end.offset, inside: layout.end.offset), &value)
  }

  /// Gives up the chunks before the window.
  mutating func dropDeadChunks<Value: CellBytes & ~Copyable>(
    _ value: inout Value
  ) throws(DecodeError) {
    let dropped = layout.start.chunk
    guard dropped > 0 else { return }
    var bytes = 0
    for index in 0..<dropped {
      let chunk = try layout.chunk(index, in: value.bytes)
      bytes += chunk.used
      layout.deadBytes += chunk.capacity
    }
    guard bytes <= layout.start.offset else { throw DecodeError(.invalidValue, at: 16) }
    let offset = layout.directoryOffset
    value.removeSubrange(offset..<(offset + dropped * layout.directoryEntryBytes))
    layout.chunkCount -= dropped
    layout.chunkedBytes -= bytes
    var (start, end) = (layout.start, layout.end)
    start.chunk -= dropped
    start.offset -= bytes
    end.chunk -= dropped
    end.offset -= bytes
    storeChunkHeader(&value)
    setCursors(start: start, end: end, &value)
    try repack(&value)
  }

  /// Gives back what chunks have left behind, once it is more than half.
  private mutating func repack<Value: CellBytes & ~Copyable>(
    _ value: inout Value
  ) throws(DecodeError) {
    guard layout.deadBytes * 2 > layout.heapBytes else { return }
    var heap = ByteWriter()
    for index in 0..<layout.chunkCount {
      let chunk = try layout.chunk(index, in: value.bytes)
      value.store(
        UInt32(truncatingIfNeeded: heap.bytes.count),
        at: layout.directoryOffset + index * layout.directoryEntryBytes)
      heap.append(value.bytes.extracting(chunk.position..<(chunk.position + chunk.capacity)))
    }
    // Only damaged chunks overlap.
    guard heap.bytes.count <= layout.heapBytes else {
      throw DecodeError(.invalidValue, at: layout.entriesOffset)
    }
    let kept = layout.heapOffset + heap.bytes.count
    value.replace(at: layout.heapOffset, with: heap.bytes.span.bytes)
    value.removeSubrange(kept..<layout.directoryOffset)
    layout.heapBytes = heap.bytes.count
    layout.deadBytes = 0
    storeChunkHeader(&value)
  }

  // MARK: - Room

  /// Sees to it that a chunk has room for an entry at a place.
  ///
  /// - Returns: The place in terms of that chunk.
  private mutating func makeRoom<Value: CellBytes & ~Copyable>(
    for size: Int, at wanted: CellCursor, in value: inout Value
  ) throws(DecodeError) -> CellCursor {
    var place = wanted
    // Each turn that goes on has made the place an end of its chunk, or the chunk half as full.
    for _ in 0..<16 {
      let chunk = try layout.chunk(place.chunk, in: value.bytes)
      guard place.inside <= chunk.used else {
        throw DecodeError(.invalidValue, at: layout.entriesOffset)
      }
      if place.inside == 0, place.chunk > 0 {
        let before = try layout.chunk(place.chunk - 1, in: value.bytes)
        if before.used + size <= before.capacity {
          place.chunk -= 1
          place.inside = before.used
          return place
        }
      }
      if chunk.used + size <= chunk.capacity { return place }
      if place.inside == chunk.used {
        place = CellCursor(offset: place.offset, chunk: place.chunk + 1)
        addChunk(at: place.chunk, capacity: max(layout.chunkBytes, size), &value)
        return place
      }
      if place.inside == 0 {
        addChunk(at: place.chunk, capacity: max(layout.chunkBytes, size), &value)
        return place
      }
      let middle =
        size > chunk.capacity / 2 ? place.inside : try self.middle(of: chunk, in: value.bytes)
      try split(place.chunk, at: middle, &value)
      if place.inside >= middle {
        place = CellCursor(
          offset: place.offset, chunk: place.chunk + 1, inside: place.inside - middle)
      }
    }
    throw DecodeError(.invalidValue, at: layout.entriesOffset)
  }

  /// The first beginning of an entry in the second half of a chunk.
  private func middle(of chunk: CellChunk, in bytes: RawSpan) throws(DecodeError) -> Int {
    if let size = layout.fixedEntryBytes { return max(1, chunk.used / size / 2) * size }
    var inside = 0
    while inside < chunk.used / 2 {
      let position = chunk.position + inside
      guard chunk.used - inside >= CellLayout.selectionOverheadBytes else {
        throw DecodeError(.truncated, at: position)
      }
      let size = Int(bytes.load(at: position, as: UInt32.self))
      guard size > CellLayout.selectionOverheadBytes, size <= chunk.used - inside else {
        throw DecodeError(.invalidValue, at: position)
      }
      if inside > 0, inside + size == chunk.used { return inside }
      inside += size
    }
    return inside
  }

  /// Makes a chunk without entries.
  private mutating func addChunk<Value: CellBytes & ~Copyable>(
    at index: Int, capacity: Int, _ value: inout Value
  ) {
    value.insertZeros(capacity, at: layout.directoryOffset)
    let position = layout.heapBytes
    layout.heapBytes += capacity
    let offset = layout.directoryOffset + index * layout.directoryEntryBytes
    value.insertZeros(layout.directoryEntryBytes, at: offset)
    value.store(UInt32(truncatingIfNeeded: position), at: offset)
    value.store(UInt32(truncatingIfNeeded: capacity), at: offset + 4)
    layout.chunkCount += 1
    if layout.start.chunk >= index { layout.start.chunk += 1 }
    if layout.end.chunk >= index { layout.end.chunk += 1 }
    storeChunkHeader(&value)
  }

  /// Moves the entries of a chunk from a place on into a new one after it.
  private mutating func split<Value: CellBytes & ~Copyable>(
    _ index: Int, at inside: Int, _ value: inout Value
  ) throws(DecodeError) {
    let size = try layout.chunk(index, in: value.bytes).used - inside
    let cursors = (layout.start, layout.end)
    addChunk(at: index + 1, capacity: max(layout.chunkBytes, size), &value)
    let from = try layout.chunk(index, in: value.bytes)
    let to = try layout.chunk(index + 1, in: value.bytes)
    value.copy((from.position + inside)..<(from.position + from.used), to: to.position)
    storeUsed(inside, of: index, &value)
    storeUsed(size, of: index + 1, &value)
    if cursors.0.chunk == index, cursors.0.inside >= inside {
      layout.start = CellCursor(
        offset: cursors.0.offset, chunk: index + 1, inside: cursors.0.inside - inside)
    }
    if cursors.1.chunk == index, cursors.1.inside >= inside {
      layout.end = CellCursor(
        offset: cursors.1.offset, chunk: index + 1, inside: cursors.1.inside - inside)
    }
    guard layout.digest == .extremes else { return }
    try digestExtremes(of: index, &value)
    try digestExtremes(of: index + 1, &value)
  }

  // MARK: - Fields

  private func storeUsed<Value: CellBytes & ~Copyable>(
    _ used: Int, of index: Int, _ value: inout Value
  ) {
    value.store(
      UInt32(truncatingIfNeeded: used),
      at: layout.directoryOffset + index * layout.directoryEntryBytes + 8)
  }

  private func storeChunkHeader<Value: CellBytes & ~Copyable>(_ value: inout Value) {
    let offset = layout.entriesOffset
    value.store(UInt32(truncatingIfNeeded: layout.chunkCount), at: offset)
    value.store(UInt32(truncatingIfNeeded: layout.chunkedBytes), at: offset + 4)
    value.store(UInt32(truncatingIfNeeded: layout.heapBytes), at: offset + 24)
    value.store(UInt32(truncatingIfNeeded: layout.deadBytes), at: offset + 28)
  }
}

extension CellCursor {
  /// Keeps the cursor where it is after an entry of so many bytes has come to `place`.
  fileprivate mutating func move(by size: Int, ifBehind place: CellCursor) {
    guard self > place else { return }
    offset += size
    if chunk == place.chunk { inside += size }
  }
}
