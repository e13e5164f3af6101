// Why a membership changed, in words.

import Audiences

extension MembershipCause {
  /// The name in exports and reports.
  public var name: String {
    switch self {
    case .event: "event"
    case .timer: "timer"
    case .definition: "definition"
    case .merge: "merge"
    case .split: "split"
    case .rules: "rules"
    case .erasure: "erasure"
    }
  }
}
