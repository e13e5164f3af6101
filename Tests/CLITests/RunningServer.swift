// `cairn serve` as a process of its own, for commands that reach their store through it.

import Foundation

/// A server over the store `s` in the folder of a run.
final class RunningServer {
  let process = Process()
  private let errors = Pipe()

  /// Starts it and waits until it listens.
  ///
  /// - Parameter options: Further arguments.
  init(_ run: CommandLineRun, _ options: String...) throws {
    process.executableURL = CommandLineRun.binary
    process.arguments = ["serve", "s"] + options
    process.currentDirectoryURL = run.folder
    process.standardOutput = FileHandle.nullDevice
    process.standardError = errors
    try process.run()
    var text = Data()
    while !text.contains(Data("serving ".utf8)) {
      let part = errors.fileHandleForReading.availableData
      guard !part.isEmpty else { throw Ended(errors: String(decoding: text, as: UTF8.self)) }
      text += part
    }
  }

  /// It ended before it listened.
  struct Ended: Error {
    var errors: String
  }

  /// Ends it as a user does, and returns its exit status.
  func stop() -> Int32 {
    process.terminate()
    process.waitUntilExit()
    return process.terminationStatus
  }

  /// What it has printed on standard error since it listens; to be read once, after its end.
  func readErrors() throws -> String {
    String(decoding: try errors.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
  }

  /// Ends it without a chance to clean up.
  func kill() {
    Foundation.kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
  }
}

extension Data {
  fileprivate func contains(_ other: Data) -> Bool { range(of: other) != nil }
}
