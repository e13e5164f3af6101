// What an input brings to memberships, counted.

import Audiences

/// How many memberships changed, by kind.
public struct MembershipCounts: Equatable, Codable, Sendable {
  /// Profiles that came into an audience.
  public var entered: UInt64 = 0
  /// Profiles that went out of one.
  public var exited: UInt64 = 0
  /// Memberships that ended because the profile was absorbed.
  public var merged: UInt64 = 0

  /// No changes.
  public init() {}

  mutating func add(_ other: MembershipCounts) {
    entered += other.entered
    exited += other.exited
    merged += other.merged
  }

  mutating func count(_ change: MembershipChange) {
    switch change.kind {
    case .entered: entered += 1
    case .exited: exited += 1
    case .merged: merged += 1
    }
  }
}

extension MembershipCounts {
  package static func - (a: Self, b: Self) -> Self {
    var result = a
    // Counts only grow, and `b` was taken earlier; a roll-back in between starts from zero.
    result.entered = a.entered >= b.entered ? a.entered - b.entered : a.entered
    result.exited = a.exited >= b.exited ? a.exited - b.exited : a.exited
    result.merged = a.merged >= b.merged ? a.merged - b.merged : a.merged
    return result
  }
}
