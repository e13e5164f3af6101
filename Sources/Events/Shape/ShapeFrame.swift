// What is open around a value, on the way by the tree of structures.

/// An object or a list that is being encoded.
struct ShapeFrame {
  /// What `PayloadCursor.begin` returned for it.
  var start: Int
  /// How many bytes were left for its length.
  var lengthBytes: UInt8
  /// Of what it is in: the byte that ends that, and its last node; 0 for the event itself.
  var outerClosing: UInt8
  var outerNode: ShapeNodePointer
  /// What a draft had before it, loose bytes included.
  var draft: DraftCursor
  var loose: UnsafeMutableRawPointer
  /// Whether it is a list, or in one: a draft takes the outermost as a whole.
  var isInList: Bool

  /// Begins an object or a list.
  ///
  /// - Parameters:
  ///   - first: Its beginning.
  ///   - outer: The last node of what it is in, which `closing` ends.
  ///   - byte: What it begins with in the text.
  ///   - frame: That of what it is in.
  ///   - draft: Where the draft goes on, and its loose bytes.
  @inline(__always)
  init(
    of first: ShapeNodePointer, in outer: ShapeNodePointer, _ closing: UInt8, _ byte: UInt8,
    _ frame: UnsafeMutablePointer<ShapeFrame>, _ draft: DraftCursor,
    _ loose: UnsafeMutableRawPointer, _ out: inout PayloadCursor
  ) {
    self.draft = draft
    self.loose = loose
    isInList = frame.pointee.isInList || byte == UInt8(ascii: "[")
    lengthBytes = first.pointee.lengthBytes
    start = out.beginReserved(
      byte == UInt8(ascii: "{") ? ValueTag.object : ValueTag.array, lengthBytes: Int(lengthBytes))
    outerClosing = closing
    outerNode = outer
  }

  /// Begins an event.
  @inline(__always)
  init(
    event first: ShapeNodePointer, _ draft: DraftCursor, _ loose: UnsafeMutableRawPointer,
    _ out: inout PayloadCursor
  ) {
    self.draft = draft
    self.loose = loose
    isInList = false
    lengthBytes = first.pointee.lengthBytes
    start = out.beginReserved(ValueTag.object, lengthBytes: Int(lengthBytes))
    outerClosing = 0
    outerNode = first
  }
}

/// The objects and lists that are open, innermost last; in memory of its own, for no more than a structure can be
/// deep.
struct ShapeFrames: ~Copyable {
  static let depthMax = Int(UInt8.max)
  let memory = UnsafeMutablePointer<ShapeFrame>.allocate(capacity: Self.depthMax)

  deinit { memory.deallocate() }
}
