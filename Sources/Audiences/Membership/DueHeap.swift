// Instants of persons, the earliest first.

/// A binary heap of instants.
struct DueHeap {
  /// An instant, and whose it is.
  struct Entry: BitwiseCopyable {
    var due: Int64
    var person: UInt32
  }

  private var entries: [Entry] = []

  /// None.
  init() {}

  /// The instants of several persons; the greatest instant means none.
  ///
  /// Complexity: O(n log n).
  init(_ dues: [Int64], _ persons: [UInt32]) {
    for (due, person) in zip(dues, persons) { push(due, person) }
  }

  /// How many instants there are.
  var count: Int { entries.count }
  /// The earliest.
  var first: Entry? { entries.first }

  /// Adds an instant; the greatest instant means none.
  mutating func push(_ due: Int64, _ person: UInt32) {
    guard due != .max else { return }
    var place = entries.count
    entries.append(Entry(due: due, person: person))
    while place > 0, entries[(place - 1) / 2].due > due {
      entries.swapAt(place, (place - 1) / 2)
      place = (place - 1) / 2
    }
  }

  /// Removes the earliest.
  mutating func removeFirst() {
    guard let last = entries.popLast(), !entries.isEmpty else { return }
    entries[0] = last
    var place = 0
    while true {
      var least = place
      for child in [2 * place + 1, 2 * place + 2]
      where child < entries.count && entries[child].due < entries[least].due {
        least = child
      }
      if least == place { return }
      entries.swapAt(place, least)
      place = least
    }
  }
}
