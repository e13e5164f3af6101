// Errors over HTTP: one shape for all, that the official clients of event collection understand.

import Cairn
import Events
import HTTPTypes
import Hummingbird
import Storage

/// Why a request is not answered as it wants.
struct ServerError: Error, Sendable {
  /// The status.
  var status: HTTPResponse.Status
  /// What is wrong, for programs, in snake case.
  var code: String
  /// What is wrong and what to do, for people; holds no customer data.
  var message: String
  /// After how many seconds to try again; nil if that would not help.
  var retryAfterSeconds: Int?
  /// Members of the answer that belong to the error, by name: JSON texts.
  var details: [(name: String, json: String)] = []
  /// Whether the connection is to be closed after the answer, since what follows on it may not be a request.
  var closesConnection = false

  init(
    _ status: HTTPResponse.Status, _ code: String, _ message: String, retryAfterSeconds: Int? = nil
  ) {
    self.status = status
    self.code = code
    self.message = message
    self.retryAfterSeconds = retryAfterSeconds
  }

  /// The answer: the code and message flat and nested, since clients look in either place.
  var response: Response {
    var json = JSONBuilder()
    json.beginObject()
    json.key("success")
    json.value(false)
    json.key("code")
    json.value(code)
    json.key("message")
    json.value(message)
    json.key("error")
    json.beginObject()
    json.key("code")
    json.value(code)
    json.key("message")
    json.value(message)
    json.endObject()
    for (name, text) in details {
      json.key(name)
      json.literal(text)
    }
    json.endObject()
    var response = Response(json, status: status)
    if let retryAfterSeconds {
      response.headers[.retryAfter] = String(retryAfterSeconds)
      response.headers[.rateLimitReset] = String(retryAfterSeconds)
    }
    if status == .unauthorized { response.headers[.wwwAuthenticate] = #"Basic realm="cairn""# }
    if closesConnection { response.headers[.connection] = "close" }
    return response
  }
}

extension HTTPField.Name {
  /// When a limit is lifted, in seconds from now.
  static let rateLimitReset = Self("X-RateLimit-Reset") ?? .retryAfter
  /// The source of events that the owner sends without a key.
  static let cairnSource = Self("X-Cairn-Source") ?? .from
}

extension ServerError {
  /// The error for an address that no route has.
  static let noSuchRoute = ServerError(
    .notFound, "no_such_route",
    "there is nothing at this address for this method; see docs/api.md")

  /// What a live store's error is over HTTP.
  init(_ error: LiveError) {
    switch error {
    case .overloaded(let seconds):
      self.init(
        .tooManyRequests, "overloaded",
        "more events wait than there is memory for; send them later",
        retryAfterSeconds: seconds)
    case .draining:
      self.init(
        .serviceUnavailable, "shutting_down",
        "the server is shutting down; send the request again when it is back",
        retryAfterSeconds: 5)
    case .tooManyEvents(let limit):
      self.init(
        .contentTooLarge, "too_many_events",
        "the body holds more than \(limit) events; send fewer at once, or lines as application/x-ndjson"
      )
    case .format(let error):
      self.init(.badRequest, "unsupported_format", "the body \(error.message); \(error.remedy)")
    case .malformed(let problem): self.init(.badRequest, problem.name, problem.sentence())
    case .store(let error): self.init(error)
    }
  }

  /// What a store's error is over HTTP.
  init(_ error: StoreError) {
    // The path of a file is nobody's business but the owner's.
    let message = error.message
    switch error.code {
    case .noSpace:
      self.init(.insufficientStorage, "no_space", message, retryAfterSeconds: 30)
    case .noSuchRecord: self.init(.notFound, "not_found", message)
    case .gone: self.init(.gone, "gone", message)
    case .outOfOrder: self.init(.conflict, "out_of_order", message)
    case .alreadyExists: self.init(.conflict, "already_exists", message)
    case .tooLarge: self.init(.contentTooLarge, "too_large", message)
    case .poisoned, .locked: self.init(.serviceUnavailable, "store_failed", message)
    case .io, .corrupt, .damagedIndex, .newerFormat, .olderFormat, .notAStore, .readOnly:
      self.init(.internalServerError, "store_error", message)
    }
  }
}

extension HTTPResponse.Status {
  /// There is no space for what was sent.
  static let insufficientStorage = Self(code: 507, reasonPhrase: "Insufficient Storage")
}

extension Response {
  /// JSON as an answer.
  init(_ json: JSONBuilder, status: HTTPResponse.Status = .ok) {
    self.init(
      status: status, headers: [.contentType: "application/json"],
      body: ResponseBody(byteBuffer: ByteBuffer(bytes: json.bytes)))
  }
}
