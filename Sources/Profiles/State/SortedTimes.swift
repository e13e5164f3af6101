// Many instants in order, into which one more is put without moving all of them.

/// Instants in milliseconds, ascending, each as often as it was put in.
struct SortedTimes {
  private var chunks: [[Int64]] = []
  private(set) var count = 0
  private static let chunkMax = 512

  /// Puts an instant in.
  ///
  /// - Complexity: O(*n* / 512), in practice that of moving half a chunk.
  mutating func insert(_ time: Int64) {
    count += 1
    guard !chunks.isEmpty else {
      chunks.append([time])
      return
    }
    let index = max(0, firstChunk(beginningAfter: time) - 1)
    chunks[index].insert(time, at: Self.place(in: chunks[index], after: time))
    guard chunks[index].count > Self.chunkMax else { return }
    let upper = Array(chunks[index][(Self.chunkMax / 2)...])
    chunks[index].removeSubrange((Self.chunkMax / 2)...)
    chunks.insert(upper, at: index + 1)
  }

  /// Puts instants in.
  ///
  /// - Complexity: O(*n* + *m*), or that of one after the other if there are few.
  mutating func insert(_ other: SortedTimes) {
    guard other.count > count / 8 else {
      for chunk in other.chunks { for time in chunk { insert(time) } }
      return
    }
    let (first, second) = (chunks.flatMap(\.self), other.chunks.flatMap(\.self))
    var (i, j) = (0, 0)
    var chunk: [Int64] = []
    chunks.removeAll()
    count += other.count
    while i < first.count || j < second.count {
      if j == second.count || i < first.count && first[i] <= second[j] {
        chunk.append(first[i])
        i += 1
      } else {
        chunk.append(second[j])
        j += 1
      }
      guard chunk.count == Self.chunkMax / 2 else { continue }
      chunks.append(chunk)
      chunk.removeAll(keepingCapacity: true)
    }
    if !chunk.isEmpty { chunks.append(chunk) }
  }

  /// The number of instants up to and including `time`.
  ///
  /// - Complexity: O(*n* / 512).
  func count(through time: Int64) -> Int {
    let index = firstChunk(beginningAfter: time) - 1
    guard index >= 0 else { return 0 }
    var count = Self.place(in: chunks[index], after: time)
    for chunk in 0..<index { count += chunks[chunk].count }
    return count
  }

  /// The first chunk whose instants are all after `time`.
  private func firstChunk(beginningAfter time: Int64) -> Int {
    var (low, high) = (0, chunks.count)
    while low < high {
      let middle = (low + high) / 2
      if chunks[middle][0] <= time { low = middle + 1 } else { high = middle }
    }
    return low
  }

  private static func place(in chunk: [Int64], after time: Int64) -> Int {
    var (low, high) = (0, chunk.count)
    while low < high {
      let middle = (low + high) / 2
      if chunk[middle] <= time { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
