// Requests of pages from other origins, which browsers send only to a server that lets them: on the port, where nothing
// but collecting is allowed, and where no cookie counts.

import HTTPTypes
import Hummingbird

/// Cross-origin resource sharing, by the Fetch standard.
enum CrossOrigin {
  /// How long a browser may keep the answer to its question, in seconds.
  private static let ageMax = 86_400

  /// The answer to the question of a browser before it sends a request; nil for any other request.
  static func preflight(_ request: Request) -> Response? {
    guard request.method == .options, request.headers[.origin] != nil,
      request.headers[.accessControlRequestMethod] != nil
    else { return nil }
    return opened(
      Response(
        status: .noContent,
        headers: [
          .accessControlAllowMethods: "GET, POST",
          .accessControlAllowHeaders: "Authorization, Content-Type, Content-Encoding",
          .accessControlMaxAge: String(ageMax),
        ]))
  }

  /// An answer that a page of any origin may read: the key is in the request, not in the browser.
  static func opened(_ response: Response) -> Response {
    var response = response
    response.headers[.accessControlAllowOrigin] = "*"
    // By these a client knows when to try again.
    response.headers[.accessControlExposeHeaders] = "Retry-After, X-RateLimit-Reset"
    return response
  }
}
