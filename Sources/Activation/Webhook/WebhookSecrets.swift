// The secrets of webhooks: read for each request, so that one can be exchanged while a store is served, and kept
// nowhere.

import Engine
import Glibc

/// Why a secret cannot be used; its message never holds any of it.
public struct WebhookSecretProblem: Error, Equatable, Sendable {
  /// What is wrong and what to do.
  public var message: String
}

/// Reads secrets from files and from the environment.
public enum WebhookSecrets {
  private static let bytesMax = 4096

  /// The secret, without white space at its ends.
  public static func read(
    _ place: Webhook.Secret
  ) throws(WebhookSecretProblem) -> [UInt8] {
    var secret: [UInt8]
    let name: String
    switch place {
    case .environment(let variable):
      name = "the environment variable \(variable)"
      guard let value = getenv(variable) else {
        throw WebhookSecretProblem(message: "\(name) is not set where deliveries are made")
      }
      secret = Array(String(cString: value).utf8)
    case .file(let path):
      name = "the secret's file \(path)"
      secret = try readFile(path, name)
    }
    while let last = secret.last, isSpace(last) { secret.removeLast() }
    secret = Array(secret.drop(while: isSpace))
    guard !secret.isEmpty else { throw WebhookSecretProblem(message: "\(name) is empty") }
    return secret
  }

  private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || 0x09...0x0D ~= byte }

  private static func readFile(
    _ path: String, _ name: String
  ) throws(WebhookSecretProblem) -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
      throw WebhookSecretProblem(
        message: "\(name) cannot be read: \(String(cString: strerror(errno)))")
    }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      throw WebhookSecretProblem(message: "\(name) is not a plain file")
    }
    guard status.st_mode & 0o077 == 0 else {
      throw WebhookSecretProblem(
        message: "\(name) can be read by others than its owner; run 'chmod 600' on it")
    }
    guard status.st_size <= bytesMax else {
      throw WebhookSecretProblem(message: "\(name) holds more than \(bytesMax) bytes")
    }
    var bytes = [UInt8](repeating: 0, count: bytesMax)
    let count = Glibc.read(descriptor, &bytes, bytes.count)
    guard count >= 0 else {
      throw WebhookSecretProblem(
        message: "\(name) cannot be read: \(String(cString: strerror(errno)))")
    }
    return Array(bytes[..<count])
  }
}
