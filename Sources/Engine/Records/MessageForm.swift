// How a destination receives changes of memberships: recorded with the destination.

/// How a change of a person's membership is reported; that of an account is always a group call.
public enum MessageForm: UInt8, Sendable, CaseIterable {
  /// A track call `Audience Entered` or `Audience Exited`.
  case track = 1
  /// An identify call that sets a trait of the audience's name to true or false.
  case identify = 2

  /// The name in commands.
  public var name: String { self == .track ? "track" : "identify" }

  /// Finds a form by its name.
  public init?(name: String) {
    guard let form = Self.allCases.first(where: { $0.name == name }) else { return nil }
    self = form
  }
}
