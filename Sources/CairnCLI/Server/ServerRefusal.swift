// What a server refuses is the command's own error.

import CairnServer

/// The server that holds the store has refused a request.
struct ServerRefusal: Error, Equatable {
  /// The exit status that it leads to.
  var status: ExitStatus
  /// What is wrong and what to do, as the server says it.
  var message: String
  /// The status of HTTP; nil for what came after it.
  var httpStatus: Int?

  /// What every error of the server holds.
  private struct Form: Decodable {
    var code: String
    var message: String
  }

  /// Reads an answer that is an error.
  init(status code: Int, _ body: [UInt8]) {
    let form = try? AdminForm.decode(body) as Form
    message = form?.message ?? "the server refused, with status \(code)"
    status = Self.status(code, form?.code)
    httpStatus = code
  }

  /// An error that came after the status.
  init(_ error: WorkError) {
    message = error.message
    status = Self.status(error.status, error.code)
  }

  init(status: ExitStatus, message: String) {
    self.status = status
    self.message = message
  }

  private static func status(_ code: Int, _ name: String?) -> ExitStatus {
    switch code {
    case 404 where name == "not_found": .problemsFound
    case 400: .usage
    default: .refused
    }
  }
}
