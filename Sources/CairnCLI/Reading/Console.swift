// Where a reading command writes: this process's outputs, or those of the client that a server runs it for.

import Cairn
import CairnServer
import Engine
import Storage

/// What a reading command writes to.
///
/// Used by one thread. Bytes are buffered; `flush` hands them on.
protocol Console: AnyObject {
  /// What the form of the output depends on.
  var surroundings: CommandSurroundings { get }

  /// Writes bytes.
  ///
  /// - Throws: `CommandFailure` if they cannot be written, or nobody reads them.
  func write(_ bytes: [UInt8], to stream: ConsoleStream) throws(CommandFailure)

  /// Hands on what has been written to a stream.
  func flush(_ stream: ConsoleStream) throws(CommandFailure)

  /// The data are complete.
  func endData() throws(CommandFailure)
}

/// What a command writes to a console.
enum ConsoleStream {
  /// Data: to a file if the command was given one.
  case data
  /// Standard output.
  case output
  /// Standard error.
  case errors
}

extension Console {
  /// Shows text, or the same as JSON.
  func show(
    json asJSON: Bool, on stream: ConsoleStream = .output, text: () throws -> String,
    json build: (inout JSONBuilder) throws -> Void
  ) throws {
    guard asJSON else { return try finish(with: try text(), on: stream) }
    var json = JSONBuilder()
    try build(&json)
    try write(json.bytes, to: stream)
    try finish(with: "\n", on: stream)
  }

  /// Shows the first rows of a list, and how many more there are.
  ///
  /// - Parameter name: The member of the JSON object that has the rows.
  func show(
    _ table: OutputTable, as name: String, more rest: Int, json asJSON: Bool
  ) throws {
    let note = rest > 0 ? "\(Quantity.count(rest)) more; see --limit\n" : ""
    try show(json: asJSON, text: { table.text + note }) {
      $0.beginObject()
      $0.key(name)
      table.write(to: &$0)
      $0.key("more")
      $0.value(rest)
      $0.endObject()
    }
  }

  /// Writes the last text of a stream.
  func finish(with text: String, on stream: ConsoleStream = .output) throws(CommandFailure) {
    try finish(Array(text.utf8), on: stream)
  }

  /// Writes the last bytes of a stream.
  func finish(_ bytes: [UInt8], on stream: ConsoleStream) throws(CommandFailure) {
    try write(bytes, to: stream)
    try flush(stream)
  }

  /// Shows warnings on standard error, a line each.
  func warn(_ warnings: [String]) throws(CommandFailure) {
    guard !warnings.isEmpty else { return }
    try finish(with: warningText(warnings), on: .errors)
  }
}
