// Why a request or a message was not delivered, as it is recorded: a number, and never what a receiver wrote.

import Bytes

/// Why something could not be delivered.
public enum DeliveryFailure: Hashable, Sendable {
  /// The receiver answered with this status of HTTP.
  case status(UInt16)
  /// No connection, or one that ended early.
  case unreachable
  /// No answer in time.
  case timeout
  /// The secret could not be read, so nothing was sent.
  case noSecret
  /// What was to be sent has been erased since.
  case gone

  /// The word for it: the number of a status, or `unreachable`, `timeout`, `no_secret`, `gone`.
  public var name: String {
    switch self {
    case .status(let status): String(status)
    case .unreachable: "unreachable"
    case .timeout: "timeout"
    case .noSecret: "no_secret"
    case .gone: "gone"
    }
  }

  /// Reads the word; nil for any other.
  public init?(name: String) {
    switch name {
    case "unreachable": self = .unreachable
    case "timeout": self = .timeout
    case "no_secret": self = .noSecret
    case "gone": self = .gone
    default:
      guard let status = UInt16(name), 100...999 ~= status else { return nil }
      self = .status(status)
    }
  }

  /// Encoding: a varint; 1 to 4 for what is not a status of HTTP, in the order above.
  init(_ reader: inout ByteReader) throws(DecodeError) {
    switch try reader.varint32() {
    case 1: self = .unreachable
    case 2: self = .timeout
    case 3: self = .noSecret
    case 4: self = .gone
    case let status where 100...999 ~= status: self = .status(UInt16(status))
    default: throw reader.invalid()
    }
  }

  func encode(into writer: inout ByteWriter) {
    switch self {
    case .unreachable: writer.varint(1)
    case .timeout: writer.varint(2)
    case .noSecret: writer.varint(3)
    case .gone: writer.varint(4)
    case .status(let status): writer.varint(UInt64(status))
    }
  }
}
