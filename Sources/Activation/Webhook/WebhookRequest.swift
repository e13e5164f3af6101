// A request to a webhook: its body, its key and its signature.

import Bytes
import CCrypto
import Engine

/// A request as it is sent.
package struct WebhookRequest: Sendable {
  /// Which request of which destination it is.
  package struct Name: Hashable, Sendable {
    package var destination: UInt32
    package var id: UInt64
  }

  /// Which request it is.
  package var name: Name
  /// Where it goes.
  package var url: String
  /// How long it may take.
  package var timeout: Milliseconds
  /// The header fields besides those that every client sends.
  package var headers: [(name: String, value: String)]
  /// The batch.
  package var body: [UInt8]

  /// - Parameters:
  ///   - store: The store's id.
  ///   - secret: What the receiver checks the signature with.
  package init(
    _ sending: OutboxSending, of number: UInt32, to webhook: Webhook, store: String,
    secret: [UInt8], at now: Timestamp
  ) {
    name = Name(destination: number, id: sending.id)
    url = webhook.url
    timeout = webhook.timeout
    var body = ByteWriter()
    body.append(#"{"batch":["#)
    for (index, item) in sending.items.enumerated() {
      if index > 0 { body.append(",") }
      body.append(item.json)
    }
    body.append(#"],"sentAt":""#)
    body.append(utf8: now.description)
    body.append(#""}"#)
    self.body = body.bytes
    let seconds = String(now.milliseconds / 1000)
    headers = [
      ("Content-Type", "application/json"),
      ("Idempotency-Key", Self.key(sending, of: number, store: store)),
      (
        "X-Cairn-Signature",
        "t=\(seconds),v1=\(Self.signature(of: self.body, at: seconds, with: secret))"
      ),
    ]
  }

  /// The same for the same changes, however often they are sent; another one for any other changes, and after a replay.
  static func key(_ sending: OutboxSending, of number: UInt32, store: String) -> String {
    let changes = sending.items.map(\.address.description).joined(separator: ",")
    return HashedText.of("\(store)/\(number)/\(sending.replayCount)/\(changes)") ?? ""
  }

  /// HMAC-SHA256 of `t.body` in hexadecimal digits.
  static func signature(of body: [UInt8], at seconds: String, with secret: [UInt8]) -> String {
    let message = Array(seconds.utf8) + [0x2E] + body
    let code = [UInt8](unsafeUninitializedCapacity: Int(SHA256_DIGEST_LENGTH)) { code, count in
      var length = UInt32(0)
      _ = HMAC(
        EVP_sha256(), secret, Int32(clamping: secret.count), message, message.count,
        code.baseAddress, &length)
      count = Int(length)
    }
    let digits = Array("0123456789abcdef".utf8)
    let text = code.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 0xF)]] }
    return String(decoding: text, as: UTF8.self)
  }
}
