// A short list that is filled again for every event. An array would be emptied by giving back, or destroying, what it
// holds; here a count goes back to 0.

/// A list whose memory is kept.
///
/// Elements must not own anything: those that were removed live on unseen.
public struct ReusedList<Element: Sendable>: Sendable, RandomAccessCollection {
  private var storage: [Element] = []
  /// The number of elements.
  public private(set) var count = 0

  init() {}

  /// The place of the first element.
  public var startIndex: Int { 0 }
  /// The place after the last element.
  public var endIndex: Int { count }

  /// An element; a place outside of the list traps.
  public subscript(index: Int) -> Element {
    precondition(index < count, "outside of the list")
    return storage[index]
  }

  @inline(__always)
  mutating func append(_ element: Element) {
    if count < storage.count { storage[count] = element } else { storage.append(element) }
    count &+= 1
  }

  mutating func removeAll() { count = 0 }
}
