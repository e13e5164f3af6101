// The rules of identity as an input: the whole log is folded by the last of them.

import Bytes
import Profiles

/// Identity rules as they were applied.
///
/// Encoding: the instant by the machine's clock as zigzag, then `IdentityRules` to the end.
package struct IdentityRulesRecord: Equatable, Sendable {
  var appliedAt: Timestamp
  var rules: IdentityRules

  init(appliedAt: Timestamp, rules: IdentityRules) {
    self.appliedAt = appliedAt
    self.rules = rules
  }

  init(_ payload: RawSpan) throws(DecodeError) {
    var reader = ByteReader(payload)
    appliedAt = Timestamp(milliseconds: try reader.zigzag())
    rules = try IdentityRules(decoding: try reader.bytes(reader.remaining))
  }

  func encode() -> [UInt8] {
    var writer = ByteWriter()
    writer.zigzag(appliedAt.milliseconds)
    writer.append(rules.encode())
    return writer.bytes
  }
}
