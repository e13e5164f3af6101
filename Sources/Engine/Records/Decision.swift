// The decisions that are stored with a record, of whichever stage.

import Audiences
import Bytes
import Profiles

/// One decision, addressed by the record's sequence and its index among the record's decisions.
public enum Decision: Equatable, Sendable {
  /// Identity resolution.
  case identity(IdentityDecision)
  /// A change of membership.
  case membership(MembershipChange)
  /// Who the profiles were up to this record, after which everything was derived again.
  case former(FormerProfiles)

  /// Decodes all decisions of one record, in order.
  ///
  /// - Throws: `DecodeError` if a tag is unknown or a decision is cut off.
  public static func visitAll(
    _ bytes: RawSpan, _ body: (Int, Decision) throws(DecodeError) -> Void
  ) throws(DecodeError) {
    var reader = ByteReader(bytes)
    var index = 0
    while !reader.isAtEnd {
      let tag = try reader.u8()
      let isGroup = try MembershipChange.visitGroup(tag: tag, &reader) {
        (change) throws(DecodeError) in
        try body(index, .membership(change))
        index += 1
      }
      if isGroup { continue }
      if let decision = try IdentityDecision(tag: tag, &reader) {
        try body(index, .identity(decision))
      } else if let change = try MembershipChange(tag: tag, &reader) {
        try body(index, .membership(change))
      } else if tag == FormerProfiles.tag {
        try body(index, .former(try FormerProfiles(&reader)))
      } else {
        throw reader.invalid()
      }
      index += 1
    }
  }
}
