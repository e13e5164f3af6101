// Requests that cannot be read, as errors over HTTP; after all of them the connection is closed.

import HTTPTypes
import NIOHTTP1

extension ServerError {
  /// An error after which nothing more is read from the connection.
  static func closing(
    _ status: HTTPResponse.Status, _ code: String, _ message: String, retryAfterSeconds: Int? = nil
  ) -> ServerError {
    var error = ServerError(status, code, message, retryAfterSeconds: retryAfterSeconds)
    error.closesConnection = true
    return error
  }

  /// What came is not a request.
  static let malformed = closing(
    .badRequest, "bad_request", "the request is not valid HTTP/1.1; check how it is sent")

  /// The header has too many bytes or fields.
  static func headerTooLarge(_ limits: RequestLimits) -> ServerError {
    closing(
      .requestHeaderFieldsTooLarge, "header_too_large",
      "the header has more than \(limits.headerBytesMax) bytes or \(limits.headerFieldsMax) fields; "
        + "send fewer")
  }

  /// The server is shutting down.
  static let shuttingDown = closing(
    .serviceUnavailable, "shutting_down",
    "the server is shutting down; send the request again when it is back", retryAfterSeconds: 5)

  /// Why a request cannot be read.
  init(reading error: any Error, _ limits: RequestLimits) {
    switch error {
    case let error as ServerError: self = error
    case HTTPParserError.headerOverflow: self = .headerTooLarge(limits)
    case ConnectionRefusal.draining: self = .shuttingDown
    case ConnectionRefusal.slowHeader, ConnectionRefusal.slowBody:
      self = .closing(
        .requestTimeout, "request_too_slow",
        "the request took too long to arrive; send it faster, or in smaller parts")
    case is CancellationError: self = .shuttingDown
    default: self = .malformed
    }
  }
}
