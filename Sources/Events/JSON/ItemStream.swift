// A batch or list on its way out, item by item: where it has come to, between one part of the input and the
// next.

/// The items of one value.
struct ItemStream {
  var scanner: ValueScanner
  /// Whether an item may be a batch itself, as in a list of requests.
  var mayHoldBodies: Bool
}
