// Questions and answers of administration as JSON: what the server reads, the command writes, and the other way round.

import Bytes
import Foundation

/// How questions and answers of administration are written as JSON; both ends use it.
package enum AdminForm {
  /// The bytes of a question or an answer; names are in snake case.
  package static func encode(_ value: some Encodable) throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return Array(try encoder.encode(value))
  }

  /// Reads a question or an answer.
  package static func decode<Value: Decodable>(_ bytes: [UInt8]) throws -> Value {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(Value.self, from: Data(bytes))
  }
}

extension Timestamp: Codable {
  /// Reads RFC 3339.
  public init(from decoder: any Decoder) throws {
    let text = try decoder.singleValueContainer().decode(String.self)
    guard let instant = TimeText(calendar: Array(text.utf8).span.bytes)?.instant else {
      throw DecodingError.dataCorrupted(
        .init(codingPath: decoder.codingPath, debugDescription: "not an instant of RFC 3339"))
    }
    self = instant
  }

  /// Writes RFC 3339, in milliseconds, UTC.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}
