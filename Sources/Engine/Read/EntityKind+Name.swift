// What a profile stands for, in words.

import Profiles

extension EntityKind {
  /// The name in reports.
  public var name: String {
    switch self {
    case .person: "person"
    case .account: "account"
    case .household: "household"
    }
  }
}
