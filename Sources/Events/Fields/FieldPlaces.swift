// Where the values of fields begin in the event in hand. In memory of its own: it is cleared and copied for every
// event.

/// Places by the numbers of fields, 0 for none.
struct FieldPlaces: ~Copyable {
  private(set) var memory = UnsafeMutablePointer<UInt32>.allocate(capacity: 1)
  private(set) var count = 0

  deinit { memory.deallocate() }

  /// All places.
  var span: Span<UInt32> {
    @_lifetime(borrow self)
    get {
      let span = unsafe Span(_unsafeStart: memory, count: count)
      return unsafe _overrideLifetime(span, borrowing: self)
    }
  }

  /// Takes a number of fields, all without a place.
  mutating func resize(to count: Int) {
    guard count != self.count else { return }
    memory.deallocate()
    memory = .allocate(capacity: max(count, 1))
    self.count = count
    removeAll()
  }

  /// Forgets all places.
  mutating func removeAll() { memory.update(repeating: 0, count: count) }

  /// Moves the places that lie at `start` or after it.
  mutating func move(from start: Int, by moved: Int) {
    for index in 0..<count where Int(memory[index]) >= start {
      memory[index] = UInt32(truncatingIfNeeded: Int(memory[index]) + moved)
    }
  }
}
