// Consent as a filter of exports.

import Audiences
import Bytes
import Roaring
import Storage

extension Bitmap {
  /// Those of these persons who permit each of some consent categories at an instant.
  ///
  /// - Throws: `.noSuchRecord` for a category that is not defined.
  package func permitting(
    _ categories: [String], in snapshot: Snapshot, at now: Timestamp
  ) throws(StoreError) -> Bitmap {
    var rest = self
    for category in categories {
      rest = rest.intersection(
        try snapshot.members(of: try snapshot.consentAudience(category), at: now))
    }
    return rest
  }
}
