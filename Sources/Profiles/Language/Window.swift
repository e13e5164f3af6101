// The part of time that an aggregate looks at, as the language says it.

import Bytes

/// The part of time that an aggregate looks at.
public enum Window: Hashable, Sendable {
  /// Everything up to now.
  case allTime
  /// Event time in (now − N, now].
  case last(Milliseconds)

  /// The longest window: a hundred years of 365.25 days.
  public static let lengthMax = Milliseconds.days(36_525)

  /// The window as the language writes it; nil for all time.
  package var text: String? {
    switch self {
    case .allTime: nil
    case .last(let length): "last \(length.durationText)"
    }
  }
}

extension Milliseconds {
  /// A whole number of the largest unit that fits exactly; windows are whole seconds.
  package var durationText: String {
    for (unit, length) in DefinitionParser.durationUnits where value % length == 0 {
      return "\(value / length)\(unit)"
    }
    return "\(value / 1000)s"
  }
}
