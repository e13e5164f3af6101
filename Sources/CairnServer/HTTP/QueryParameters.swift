// The parameters after the question mark of an address.

import Bytes
import Hummingbird
import Profiles

/// The parameters of a request.
///
/// One that a route does not take is refused, since an answer to `form=` that meant `from=` would be wrong.
struct QueryParameters: Sendable {
  private var values: [(name: String, value: String)] = []

  /// - Parameters:
  ///   - known: The names that the route takes; nil if it ignores those that it does not know, and takes the last of
  ///     those that are given twice.
  ///   - repeated: Those that may be given more than once.
  /// - Throws: 400 for another name, for one that is given twice, and for what cannot be decoded.
  init(
    _ request: Request, taking known: [String]?, repeating repeated: [String] = []
  ) throws(ServerError) {
    guard let query = request.uri.query, !query.isEmpty else { return }
    for part in query.split(separator: "&") {
      let sides = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      // Forms write a space as a plus sign.
      guard let name = PercentText.decode(sides[0]),
        let value = PercentText.decode(sides.count > 1 ? sides[1].replacing("+", with: " ") : "")
      else {
        throw ServerError(
          .badRequest, "invalid_parameter",
          "the part of the address after '?' is not percent-encoded UTF-8; encode its values")
      }
      if let known, !known.contains(name) { throw Self.unknown(name, known) }
      if known != nil, !repeated.contains(name), self[name] != nil {
        throw Self.invalid(name, "is given twice; give it once")
      }
      values.append((name, value))
    }
  }

  private static func unknown(_ name: String, _ known: [String]) -> ServerError {
    let near = NearName.of(name, among: known).map { "did you mean '\($0)'? " } ?? ""
    let takes =
      known.isEmpty ? "it takes none" : "it takes \(known.sorted().joined(separator: ", "))"
    return ServerError(
      .badRequest, "unknown_parameter",
      "the address has a parameter that this route does not take; \(near)\(takes)")
  }

  /// The value of a name; of several, the last.
  subscript(_ name: String) -> String? { values.last { $0.name == name }?.value }

  /// All values of a name.
  func all(_ name: String) -> [String] { values.filter { $0.name == name }.map(\.value) }

  /// A whole number within a range.
  func number(
    _ name: String, default standard: Int, in range: ClosedRange<Int>
  ) throws(ServerError) -> Int {
    guard let text = self[name] else { return standard }
    guard let number = Int(text), range.contains(number) else {
      throw Self.invalid(name, "takes \(range.lowerBound) to \(range.upperBound)")
    }
    return number
  }

  /// An instant.
  func instant(_ name: String) throws(ServerError) -> Timestamp? {
    guard let text = self[name] else { return nil }
    let bytes = Array(text.utf8)
    guard let instant = TimeText(calendar: bytes.span.bytes)?.instant else {
      throw Self.invalid(name, "takes an instant like 1997-06-30T23:59:59.999Z")
    }
    return instant
  }

  /// A truth value.
  func flag(_ name: String) throws(ServerError) -> Bool {
    switch self[name] {
    case nil, "false", "0": false
    case "true", "1": true
    default: throw Self.invalid(name, "takes true or false")
    }
  }

  /// The error for a value that a parameter does not take.
  static func invalid(_ name: String, _ takes: String) -> ServerError {
    ServerError(.badRequest, "invalid_parameter", "the parameter '\(name)' \(takes)")
  }
}
