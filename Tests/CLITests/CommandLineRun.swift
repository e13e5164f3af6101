// Runs the built binary as a user does, in a folder of its own.

import Foundation

/// A folder to run `cairn` in, removed by `remove()`.
struct CommandLineRun {
  /// What a run ended with.
  struct Outcome {
    var status: Int32
    var output: String
    var errors: String
  }

  let folder: URL

  init() throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "cairn-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
  }

  func remove() { try? FileManager.default.removeItem(at: folder) }

  func write(_ text: String, to name: String) throws {
    try text.write(to: folder.appending(path: name), atomically: false, encoding: .utf8)
  }

  func read(_ name: String) throws -> String {
    try String(contentsOf: folder.appending(path: name), encoding: .utf8)
  }

  /// Runs the binary next to the test bundle.
  func cairn(_ arguments: String..., input: String = "") throws -> Outcome {
    try cairn(arguments, input: input)
  }

  /// Runs the binary with a list of arguments.
  func cairn(_ arguments: [String], input: String = "") throws -> Outcome {
    try launch(Self.binary, arguments, input: input)
  }

  /// Runs a script of the shell, in which `$CAIRN` is the binary.
  func shell(_ script: String) throws -> Outcome {
    try launch(URL(filePath: "/bin/sh"), ["-c", script], input: "")
  }

  static let binary = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
    .appending(path: "cairn")

  /// Starts the binary without an input, and does not wait for it; nobody reads what it prints.
  func start(_ arguments: String...) throws -> Process {
    let process = Process()
    process.executableURL = Self.binary
    process.arguments = arguments
    process.currentDirectoryURL = folder
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    return process
  }

  private func launch(_ program: URL, _ arguments: [String], input: String) throws -> Outcome {
    let process = Process()
    process.executableURL = program
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment.merging(
      ["CAIRN": Self.binary.path], uniquingKeysWith: { _, own in own })
    process.currentDirectoryURL = folder
    let (inputPipe, output, errors) = (Pipe(), Pipe(), Pipe())
    process.standardInput = inputPipe
    process.standardOutput = output
    process.standardError = errors
    try process.run()
    try inputPipe.fileHandleForWriting.write(contentsOf: Data(input.utf8))
    try inputPipe.fileHandleForWriting.close()
    let outputBytes = try output.fileHandleForReading.readToEnd() ?? Data()
    let errorBytes = try errors.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    return Outcome(
      status: process.terminationStatus, output: String(decoding: outputBytes, as: UTF8.self),
      errors: String(decoding: errorBytes, as: UTF8.self))
  }
}
