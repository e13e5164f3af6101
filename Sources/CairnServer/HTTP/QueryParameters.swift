// The parameters after the question mark of an address.

import Bytes
import Hummingbird
import Profiles

/// The parameters of a request.
///
/// One that a route does not take is refused, since an answer to `form=` that meant `from=` would be wrong.
struct QueryParameters: Sendable {
  private var values: [(name: String, value: String)] = []

  /// - Parameter known: The names that the route takes.
  /// - Throws: 400 for another name, and for what cannot be decoded.
  init(_ request: Request, taking known: [String]) throws(ServerError) {
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
      guard known.contains(name) else { throw Self.unknown(name, known) }
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

  /// The last value of a name.
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
