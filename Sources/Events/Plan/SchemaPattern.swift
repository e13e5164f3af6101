// Patterns of a plan. RE2 matches in time linear in the text, whatever the plan's author writes.

import Bytes
import CRE2

/// A pattern by the rules of ECMA 262, compiled once.
///
/// Safe because a compiled pattern never changes and RE2 matches from several threads at once.
public final class SchemaPattern: @unchecked Sendable {
  /// The most that a compiled pattern may take, in bytes.
  private static let memoryBytesMax = 2 << 20

  private let compiled: OpaquePointer

  /// Why a pattern is not accepted.
  public struct Problem: Error {
    /// What is wrong, a phrase.
    public var message: String
  }

  /// Compiles a pattern.
  ///
  /// - Throws: What is not ECMA 262, or not possible in time linear in the text: look-around and
  ///   references back to a group.
  public init(_ source: String) throws(Problem) {
    var translation = PatternTranslation(source)
    let text: String
    switch translation.run() {
    case .translated(let result): text = result
    case .unsupported(let what):
      throw Problem(message: "\(what) cannot be checked in linear time; write the rule without it")
    case .wrong(let what):
      throw Problem(message: what)
    }
    let bytes = Array(text.utf8)
    var error = [UInt8](repeating: 0, count: 200)
    var errorCount = 0
    let made = cairn_pattern_create(
      bytes, bytes.count, Self.memoryBytesMax, &error, error.count, &errorCount)
    guard let made else {
      let reason = String(decoding: error.prefix(errorCount), as: UTF8.self)
      throw Problem(message: reason.isEmpty ? "it is too large" : reason)
    }
    compiled = made
  }

  deinit { cairn_pattern_destroy(compiled) }

  /// Whether the pattern matches somewhere in a text.
  ///
  /// - Complexity: O(text).
  func matches(_ text: RawSpan) -> Bool {
    text.withUnsafeBytes { bytes in
      guard let start = bytes.baseAddress else {
        let empty: [UInt8] = [0]
        return cairn_pattern_matches(compiled, empty, 0)
      }
      return cairn_pattern_matches(
        compiled, start.assumingMemoryBound(to: UInt8.self), bytes.count)
    }
  }
}
