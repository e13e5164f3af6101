// The outputs of this process.

import CairnServer

/// Writes to standard output and standard error, and data to a file.
final class ProcessConsole: Console {
  let surroundings: CommandSurroundings
  private let file: OutputFile?
  private let output: Output
  private let errors = Output(descriptor: Output.standardError)
  /// Whether something has been written that must not be written twice.
  private(set) var hasWritten = false

  /// - Parameter dataPath: The file for data, which is opened; nil for standard output.
  /// - Throws: `CommandFailure` for a path that cannot be written, or must not be.
  init(dataPath: String?) throws(CommandFailure) {
    file = try dataPath.map { path throws(CommandFailure) in try OutputFile(path) }
    let standard = Output(descriptor: Output.standardOutput)
    output = standard
    surroundings = CommandSurroundings(
      outputIsTerminal: Output.isTerminal(Output.standardOutput),
      errorColumns: Output.isTerminal(Output.standardError)
        ? Output.terminalColumns(Output.standardError) ?? 80 : nil,
      dataIsOutput: file?.isStandardOutput ?? true)
  }

  private func destination(of stream: ConsoleStream) -> Output {
    switch stream {
    case .data: file?.output ?? output
    case .output: output
    case .errors: errors
    }
  }

  func write(_ bytes: [UInt8], to stream: ConsoleStream) throws(CommandFailure) {
    if stream != .errors { hasWritten = true }
    try destination(of: stream).write(bytes)
  }

  func flush(_ stream: ConsoleStream) throws(CommandFailure) {
    try destination(of: stream).flush()
  }

  func endData() throws(CommandFailure) {
    try flush(.data)
    try file?.commit()
  }
}
