// What a webhook's settings may be.

import Bytes
import Engine

extension Webhook {
  /// The shortest and the longest time that a request may take.
  public static let timeoutRange = Milliseconds(100)...Milliseconds(300_000)

  /// What keeps these settings from being a webhook's; nil if nothing does.
  public var problem: String? {
    if let problem = WebhookAddress.problem(of: url) {
      return "the webhook's address is refused: \(problem)"
    }
    guard 1...Self.batchLimit ~= batchMax else {
      return "a request has 1 to \(Self.batchLimit) messages"
    }
    if let rate = requestsPerSecondMax, !(1...10_000 ~= rate) {
      return "the rate is 1 to 10000 requests in a second"
    }
    guard Self.timeoutRange ~= timeout else { return "a request may take 0.1 to 300 seconds" }
    switch secret {
    case .file(let path):
      return path.hasPrefix("/") ? nil : "the path of the secret's file has to be absolute"
    case .environment(let name):
      let isName = name.utf8.allSatisfy {
        0x30...0x39 ~= $0 || 0x41...0x5A ~= $0 || 0x61...0x7A ~= $0 || $0 == 0x5F
      }
      return isName && !name.isEmpty ? nil : "the name of the secret's variable cannot be one"
    }
  }
}
