// Whether a single event lies in a window, for those who show which events an answer was made of.

import Bytes

extension CellWindow {
  /// Whether an event of this time is inside at `now`.
  ///
  /// Of the newest session, every event up to `now` is: which run is the newest, no single time tells.
  public func holds(_ time: Timestamp, at now: Timestamp) -> Bool {
    let (after, through) = bounds(at: now)
    return time > after && time <= through
  }
}
