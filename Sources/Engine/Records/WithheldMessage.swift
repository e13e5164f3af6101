// A message that a destination was not sent, because the person it is about does not consent: the decision, as it is
// recorded with the delivery.

import Bytes

/// A message that was withheld from a destination.
///
/// Encoding: the address of the change, then as varints the place of the audience among the destination's audiences
/// and a bit for each of its categories that the person does not permit.
public struct WithheldMessage: Equatable, Sendable {
  /// The change of membership that the message was about.
  public var change: FeedCursor
  /// The place of its audience among the audiences that are delivered.
  public var audience: Int
  /// A bit for each category that the destination requires and the person did not permit, in the order of
  /// `Destination.consents`; none for an exit that was withheld because the entry before it was.
  public var lacking: UInt64

  /// A message that was withheld.
  package init(change: FeedCursor, audience: Int, lacking: UInt64) {
    self.change = change
    self.audience = audience
    self.lacking = lacking
  }

  init(_ reader: inout ByteReader) throws(DecodeError) {
    change = try FeedCursor(&reader)
    audience = Int(try reader.varint32())
    lacking = try reader.varint()
  }

  func encode(into writer: inout ByteWriter) {
    change.encode(into: &writer)
    writer.varint(UInt64(audience))
    writer.varint(lacking)
  }

  /// The names of the categories that were lacking.
  public func categories(of destination: Destination) -> [String] {
    destination.consents.indices.filter { lacking & 1 << UInt64($0) != 0 }
      .map { destination.consents[$0] }
  }
}
