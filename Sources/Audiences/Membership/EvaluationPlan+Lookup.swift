// Looking things up in a plan by what tables and timers hold: slots and audience numbers.

import Profiles

extension EvaluationPlan {
  /// What the cells of a slot need to know; nil for a retired slot.
  public func spec(ofSlot slot: Int) -> CellSpec? {
    slot < specs.count ? specs[slot] : nil
  }

  /// The audience with this number; nil if it has been removed.
  ///
  /// Complexity: O(log audiences).
  public func audience(_ number: AudienceNumber) -> Audience? {
    var low = 0
    var high = audiences.count
    while low < high {
      let middle = (low + high) / 2
      if audiences[middle].number < number { low = middle + 1 } else { high = middle }
    }
    guard low < audiences.count, audiences[low].number == number else { return nil }
    return audiences[low]
  }
}
