// The YAML files of `cairn apply`.

import Cairn
import CairnServer
import Engine
import Foundation
import Glibc

/// Reads the definitions of files, see `definitionFiles`.
///
/// - Throws: `CommandFailure` naming the file, and for a wrong definition its line and column.
func readDefinitions(_ files: [String]) throws -> [DefinitionText] {
  try definitions(in: readFiles(files))
}

/// Reads files of definitions as texts, which a server can be given.
func readFiles(_ files: [String]) throws -> [DefinitionsQuestion.File] {
  try files.map { DefinitionsQuestion.File(file: $0, text: try readText($0)) }
}

/// The definitions of files that have been read.
///
/// - Throws: As `readDefinitions`.
func definitions(in files: [DefinitionsQuestion.File]) throws -> [DefinitionText] {
  var result: [DefinitionText] = []
  for file in files {
    do {
      result += try DefinitionFile.read(file.text, file: file.file)
    } catch {
      throw failure(error)
    }
  }
  return result
}

/// The largest file of definitions, rules, a mapping or a plan, in bytes.
let textBytesMax = 1 << 26

/// The text of a small file, or of a pipe; `-` is standard input.
func readText(_ file: String) throws -> String {
  try requireInputFile(file, for: .text)
  var bytes: [UInt8] = []
  try withInput(file) { descriptor in
    while true {
      var result = 0
      let piece = [UInt8](unsafeUninitializedCapacity: 1 << 16) { buffer, count in
        repeat {
          result = read(descriptor, buffer.baseAddress, buffer.count)
        } while result < 0
          && errno == EINTR
        count = max(0, result)
      }
      guard result >= 0 else { throw CommandFailure.file(file, "read", errno: errno) }
      guard result > 0 else { return }
      bytes += piece
      guard bytes.count <= textBytesMax else {
        throw CommandFailure(
          status: .usage, what: "\(file) is larger than \(Quantity.bytes(textBytesMax))",
          remedy: "give the right file, or split it")
      }
    }
  }
  guard let text = String(validating: bytes, as: UTF8.self) else {
    throw CommandFailure(status: .usage, what: "\(file) is not UTF-8", remedy: "save it as UTF-8")
  }
  return text
}

/// The failure that points at a wrong definition.
func failure(_ error: DefinitionError) -> CommandFailure {
  CommandFailure(
    status: .usage, what: "\(error.file):\(error.line):\(error.column): \(error.message)",
    remedy: "nothing was applied; correct the file and run this again")
}

/// The failure that points at a place in a rule of the command line.
func failure(ofRule error: DefinitionError) -> CommandFailure {
  CommandFailure(
    status: .usage, what: "line \(error.line), column \(error.column): \(error.message)",
    remedy: "correct the rule and run this again")
}

/// Runs `body`; what it refuses becomes a failure that says what to do.
func applying<Result>(_ body: () throws(ApplyError) -> Result) throws -> Result {
  do throws(ApplyError) { return try body() } catch {
    switch error {
    case .definition(let wrong): throw failure(wrong)
    case .store(let refusal): throw refusal
    case .backfill(let refusal):
      let parts = refusal.explanation.split(separator: "; ", maxSplits: 1).map(String.init)
      throw CommandFailure(status: .refused, what: parts[0], remedy: parts.last ?? "try again")
    }
  }
}

/// Shows warnings on standard error, a line each.
func warn(_ warnings: [String]) throws {
  guard !warnings.isEmpty else { return }
  try Output(descriptor: Output.standardError).finish(with: warningText(warnings))
}

/// Warnings, a line each.
func warningText(_ warnings: [String]) -> String {
  warnings.map { "warning: \(visible($0))\n" }.joined()
}

/// The files that a path stands for: itself, or all `*.yaml` and `*.yml` files of a directory by name.
func definitionFiles(_ path: String) throws -> [String] {
  try requireFileName(path, for: .text)
  guard GivenDescriptor.ofInput(path) == nil else { return [path] }
  var isDirectory: ObjCBool = false
  guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else {
    let near = nearFile(path).map { "did you mean '\($0)'? " } ?? ""
    throw CommandFailure(
      status: .refused, what: "there is no \(path)",
      remedy: near + "give a YAML file or a directory")
  }
  guard isDirectory.boolValue else { return [path] }
  let names = try FileManager.default.contentsOfDirectory(atPath: path).sorted()
  let files = names.filter { $0.hasSuffix(".yaml") || $0.hasSuffix(".yml") }
  guard !files.isEmpty else {
    throw CommandFailure(
      status: .usage, what: "\(path) holds no *.yaml file", remedy: "give another directory")
  }
  return files.map { "\(path)/\($0)" }
}

/// Runs what judges a rule of the command line; a rule that is wrong is wrong usage of the command.
func judging<R>(_ body: () throws(ApplyError) -> R) throws -> R {
  do throws(ApplyError) { return try body() } catch {
    switch error {
    case .definition(let wrong): throw failure(ofRule: wrong)
    case .store(let refusal): throw refusal
    case .backfill(let refusal): preconditionFailure(refusal.explanation)
    }
  }
}
