// The program under test as processes: commands that run to their end, and a server.

import Foundation
import Glibc

/// A process of the program.
final class ServerProcess {
  private let process = Process()
  /// The socket that it serves.
  let socketPath: String

  /// Starts a server over a store and waits until it listens.
  init(_ program: String, _ store: String) throws {
    socketPath = store + "/socket"
    let errors = Pipe()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = ["serve", store]
    process.standardError = errors
    try process.run()
    // Its first line says that it listens.
    guard !errors.fileHandleForReading.availableData.isEmpty else {
      throw BenchConnection.Failure(description: "the server does not start")
    }
  }

  /// The CPU time that it has used, in seconds.
  var cpuSeconds: Double {
    guard
      let text = try? String(
        contentsOfFile: "/proc/\(process.processIdentifier)/stat", encoding: .utf8),
      let end = text.lastIndex(of: ")")
    else { return 0 }
    let fields = text[text.index(after: end)...].split(separator: " ")
    let ticks = (Double(fields[11]) ?? 0) + (Double(fields[12]) ?? 0)
    return ticks / Double(sysconf(Int32(_SC_CLK_TCK)))
  }

  /// Its anonymous memory in MiB.
  var anonymousMiB: Double {
    let text =
      (try? String(
        contentsOfFile: "/proc/\(process.processIdentifier)/status", encoding: .utf8)) ?? ""
    let line = text.split(separator: "\n").first { $0.hasPrefix("RssAnon:") } ?? ""
    return (Double(line.split(separator: " ").dropFirst().first ?? "0") ?? 0) / 1024
  }

  /// Ends it as an administrator would.
  func stop() {
    process.terminate()
    process.waitUntilExit()
  }

  /// Runs a command of the program to its end.
  static func run(_ program: String, _ arguments: [String]) throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    process.standardOutput = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      throw BenchConnection.Failure(description: "cairn \(arguments[0]) failed")
    }
  }
}
