// A consent category is an audience with a reserved name: those whom it permits to be reached. So it has a history, is
// planned, explained and merged like any other, and destinations require it by its name.

import Profiles

/// A category of consent.
public struct ConsentCategory: Hashable, Sendable {
  /// The beginning of the name of a category's audience.
  public static let prefix = "consent:"

  /// The category as senders name it.
  public var name: String
  /// Which of different answers of one person counts.
  public var merge = ConsentMerge.strictest
  /// Whether a person without an answer is permitted.
  public var allowsMissing = false
  /// How long an answer counts, as the language writes it; nil for good.
  public var expiresAfter: String?

  /// A category whose missing answers deny.
  public init(_ name: String) { self.name = name }

  /// The name of its audience.
  public var audience: String { Self.prefix + name }

  /// The rule of its audience.
  public var rule: String {
    let merge = merge == .strictest ? "" : ", merge: \(merge.rawValue)"
    let window = expiresAfter.map { ", last \($0)" } ?? ""
    let answer = "consent(\"\(name)\"\(merge)\(window))"
    return allowsMissing ? "\(answer) or not exists(\(answer))" : answer
  }

  /// The category that an audience stands for; nil for any other audience.
  public static func name(ofAudience audience: String) -> String? {
    guard audience.hasPrefix(prefix) else { return nil }
    return String(audience.dropFirst(prefix.count))
  }
}
