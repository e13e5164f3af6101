// What is open around a value, on the way by the tree of structures.

/// An object or a list that is being encoded.
struct ShapeFrame: BitwiseCopyable {
  /// The last node of the object, or that of the list's elements.
  var node: UInt32
  /// Whether it is an object.
  var isObject: Bool
  /// What `PayloadBuffer.begin` returned for it.
  var start: Int

  /// The byte that ends it.
  var closing: UInt8 { isObject ? UInt8(ascii: "}") : UInt8(ascii: "]") }
}
