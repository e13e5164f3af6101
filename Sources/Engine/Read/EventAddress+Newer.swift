// Which of two events counts as the newer one.

import Bytes
import Profiles

extension EventAddress {
  /// Whether the event counts as newer: by time, and of the same instant by record.
  package func isNewer(than other: EventAddress) -> Bool {
    (time, sequence) > (other.time, other.sequence)
  }
}
