// What message ids are compared by. The stored bytes are the id as it was sent, and 1, 1.0 and 1e0 are one
// number, so they are one id, as they are one identifier of a person.

import Bytes

/// The bytes of message ids by which duplicates are found.
enum MessageIDBytes {
  /// Gives what an id is compared by to `body`: the stored bytes, of a number those of its canonical text.
  ///
  /// A number that takes more than 512 digits without an exponent is compared as it was sent.
  ///
  /// - Parameter idBytes: As `EventView.idBytes` gives them.
  /// - Complexity: O(length); allocates only for a number that is not in its canonical form.
  static func withCompared<R>(
    _ idBytes: RawSpan, isNumber: Bool, _ body: (RawSpan) -> R
  ) -> R {
    guard isNumber, let canonical = canonical(idBytes) else { return body(idBytes) }
    var stored = PayloadBuffer()
    stored.putString(canonical.span.bytes)
    return body(stored.bytes)
  }

  private static func canonical(_ idBytes: RawSpan) -> [UInt8]? {
    let text: [UInt8]?? = try? ValueView(encoded: idBytes).withText { NumberText.canonical($0) }
    return text ?? nil
  }
}

extension EventView {
  /// Whether both have one message id: equal texts, or equal numbers.
  public func hasSameID(as other: borrowing EventView) -> Bool {
    MessageIDBytes.withCompared(idBytes, isNumber: header.idIsNumber) { bytes in
      MessageIDBytes.withCompared(other.idBytes, isNumber: other.header.idIsNumber) {
        bytes.elementsEqual($0)
      }
    }
  }

  /// The hash of the message id within a source, as the parser computes it.
  public func messageHash(source: SourceID, seed: HashSeed) -> Hash128 {
    EventHash.message(idBytes, isNumber: header.idIsNumber, source: source, seed: seed)
  }
}
