// Known traits: what was sent about a profile, rather than what is computed. The newest value counts: it
// stands in the place of the one before as a whole, and null removes it.

import Bytes

extension Aggregate {
  /// The aggregate that keeps a known trait of persons, which `identify` calls give, or of accounts, which
  /// `group` calls give.
  public static func known(_ path: PropertyPath, ofAccount: Bool) -> Aggregate {
    Aggregate(
      .last(path), of: .any, where: isCall(ofAccount ? "group" : "identify"), within: .allTime,
      isKnownTrait: true)
  }

  /// The path of the trait that it keeps, or keeps a part of, `traits.address` of `traits.address.city`, or of all
  /// answers about consent; nil if it is about neither.
  var wholePath: PropertyPath? {
    if case .consent = kind { return Self.consentPath }
    guard isKnownTrait, let path = kind.path else { return nil }
    return PropertyPath(Array(path.keys.prefix(2)))
  }

  private static func isCall(_ type: String) -> EventCondition {
    .test(.comparison(PropertyPath(["type"]), .equal, .string(type)))
  }
}

extension FieldValue {
  /// What stands for a known trait that was taken away.
  static let unset = FieldValue.json(Array("null".utf8))
}

extension AggregateValue {
  /// The value that was selected; nil if there is none, or if it was taken away.
  public var selectedValue: FieldValue? {
    guard let value = selection?.value, value != .unset else { return nil }
    return value
  }
}
