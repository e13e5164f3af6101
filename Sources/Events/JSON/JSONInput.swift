// What the reader of JSON reads from. By offset, because what holds for all items of a batch may stand
// after them, so that a batch is read twice.

/// The bytes of an input, from any offset that has not been released on.
public protocol JSONInput: AnyObject {
  /// The bytes from an offset on, as many as are at hand; none at the end of the input.
  ///
  /// - Parameter countMax: The most bytes that are wanted, at least 1.
  /// - Throws: `JSONInputStopped` if there are no more for another reason, which the input knows.
  func bytes(from offset: Int, atMost countMax: Int) throws(JSONInputStopped) -> [UInt8]

  /// Whether the bytes at an offset can be had without waiting for them.
  func isAtHand(_ offset: Int) -> Bool

  /// Says that nothing before an offset will be asked for again.
  func release(before offset: Int)
}

/// An input that cannot be read on.
public struct JSONInputStopped: Error, Equatable {
  /// Makes the error.
  public init() {}
}
