// The YAML files of `cairn apply`.

import Cairn
import Foundation
import Glibc

/// Reads the definitions of a file, or of all `*.yaml` and `*.yml` files of a directory by name.
///
/// - Throws: `CommandFailure` naming the file, and for a wrong definition its line and column.
func readDefinitions(_ path: String) throws -> [DefinitionText] {
  let files = try definitionFiles(path)
  var result: [DefinitionText] = []
  for file in files {
    let text = try readText(file)
    do { result += try DefinitionFile.read(text, file: file) } catch { throw failure(error) }
  }
  return result
}

/// The text of a small file.
func readText(_ file: String) throws -> String {
  try requireInputFile(file)
  guard let bytes = FileManager.default.contents(atPath: file) else {
    throw CommandFailure.file(file, "read", errno: access(file, F_OK) == 0 ? EACCES : ENOENT)
  }
  guard let text = String(data: bytes, encoding: .utf8) else {
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
  let text = warnings.map { "warning: \(visible($0))\n" }.joined()
  try Output(descriptor: Output.standardError).finish(with: text)
}

extension JSONBuilder {
  /// Writes the member `warnings`, a list of sentences.
  mutating func write(warnings: [String]) {
    key("warnings")
    beginArray()
    for warning in warnings { value(warning) }
    endArray()
  }
}

private func definitionFiles(_ path: String) throws -> [String] {
  try requireFileName(path)
  var isDirectory: ObjCBool = false
  guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else {
    throw CommandFailure(
      status: .refused, what: "there is no \(path)", remedy: "give a YAML file or a directory")
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
