// Whether compiling may add to the store's symbols. What is defined is asked of every event to come, and is its
// author's; a question is about a snapshot, and anybody with a read key may ask any number of them.

/// What the names and keys in expressions are compiled for.
public enum NameUse: Sendable {
  /// Events to come: names become symbols of the store.
  case defining
  /// The events there are, which leaves the store as it is: what has no symbol yet, none of them has.
  case asking
}
