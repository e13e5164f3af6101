// References that are not counted. Of an object in an array, or of a part of another object, each call counts one up
// and down, which takes longer than what many calls do.

/// An object that something else keeps for as long as this is used.
public struct Uncounted<Object: AnyObject>: BitwiseCopyable {
  @usableFromInline let reference: Unmanaged<Object>

  /// Refers to an object.
  @inlinable @inline(__always)
  public init(_ object: Object) { reference = Unmanaged.passUnretained(object) }

  /// Calls `body` with the object.
  @inlinable @inline(__always)
  public func with<R, E: Error>(_ body: (Object) throws(E) -> R) throws(E) -> R {
    // What is handed such a reference cannot throw an error of a type.
    let result = reference._withUnsafeGuaranteedRef { object in
      Result { () throws(E) -> R in try body(object) }
    }
    return try result.get()
  }
}
