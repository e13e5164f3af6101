// The layout of packed events, defined here and nowhere else. Written by `EventPacker`, read by `PackedEvent`.

/// The layout of event payloads that are packed together, version 1.
///
/// A packed event is a shape, which those of one structure share, and its values back to back. Values of which each
/// is another one, whatever its neighbours are, stand apart as *loose bytes*: between the others they would only
/// break up what compresses. The payload (`PayloadLayout`) comes back byte for byte.
///
///     shape    u8 summary, u8 flags, as in the payload
///              u8 presence: bits 0-1 the name: 0 absent, 1 a symbol, 2 a value; bits 2-7: messageId, userId,
///              anonymousId, timestamp, originalTimestamp and sentAt are not absent
///              the name's symbol as a varint, if it is one
///              steps through `rest`, outermost object without its end:
///                key            a member, whose value is not an object
///                0x00, key      a member that is an object; its members follow
///                0x00, 0x00     the end of such an object
///              where a key is the varint of a symbol; keys that are not symbols are not packed
///     values   those of the header that are not absent, then those of the members, in order: the tag and what
///              follows it, as in the payload, but for those that have tags of their own
///     loose    the loose bytes of the values, in order
///
/// Tags that do not mean what they do in the payload:
///
///     tag          value                                                     loose bytes
///     -----------  --------------------------------------------------------  -----------
///     0x07         string that is a UUID                                     16
///     0x0E         string of an IPv4 address in its canonical form           4
///     0x0F         instant with milliseconds (0x08): signed varint, how much
///                  later it is than the record was received, where that is
///                  shorter                                                   none
///     0x14...0x2F  string of 2 × (tag - 0x10) lower-case hexadecimal digits  tag - 0x10
///
/// Not packed, and stored as it is: a payload with a part that a tracking plan left out, one with a key that is not a
/// symbol, one of more than `payloadBytesMax`, one whose objects nest deeper than `depthMax`, and one that would not
/// come back as it was.
enum PackedLayout {
  /// The longest payload that is packed.
  static let payloadBytesMax = 64 << 10
  /// How deep objects may nest.
  static let depthMax = 64
  /// The most shapes of one block; events with further ones are stored as they are.
  static let shapesMax = 1024

  static let symbolName: UInt8 = 1
  static let valueName: UInt8 = 2
  static let nameMask: UInt8 = 3
  /// The first of the bits that say which values of the header are not absent.
  static let firstValue: UInt8 = 4
  static let headerValues = 6
  /// The first of these that is a time.
  static let firstTime = 3

  static let address: UInt8 = 0x0E
  static let sinceReceipt: UInt8 = 0x0F
  static let addressTextMax = 15
  static let digits: UInt8 = 0x10
  static let digitPairsMin = 4
  static let digitPairsMax = 31
}
