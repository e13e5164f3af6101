// A file as the rules see it: its path, its lines, and its code with comments and strings blanked.

import Foundation

/// A file of the project.
struct SourceFile: Sendable {
  /// Relative to the project, with `/`.
  let path: String
  let lines: [String]
  /// The same lines with comments and string contents replaced by spaces; for Swift only.
  let code: [String]

  init(path: String, text: String) {
    self.path = path
    lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    guard path.hasSuffix(".swift") else {
      code = lines
      return
    }
    let blanked = CodeBlanker.blank(text)
    code = blanked.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
  }

  var isSwift: Bool { path.hasSuffix(".swift") }
  /// The name without folders.
  var name: String { String(path.split(separator: "/").last ?? "") }
  /// The target, if the file is one of a target under `Sources`.
  var target: String? {
    let parts = path.split(separator: "/")
    return parts.count > 2 && parts[0] == "Sources" ? String(parts[1]) : nil
  }

  func isIn(_ folder: String) -> Bool { path.hasPrefix(folder + "/") }
}

/// A line that breaks a rule.
struct Violation: CustomStringConvertible {
  var path: String
  /// From 1.
  var line: Int
  var found: String

  var description: String { "\(path):\(line): \(found)" }
}

/// The project's files.
struct Tree: Sendable {
  let root: URL
  let files: [SourceFile]

  /// The project that these tests belong to.
  static let project = Tree(
    root: URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent())

  private static let folders = ["Sources", "Tests", "Benchmarks", "tools", "docs", ".ci"]
  private static let rootFiles = ["Package.swift", "README.md", "CHANGELOG.md"]
  /// Data, which no rule is about.
  private static let dataEndings = [".csv", ".ndjson", ".seg", ".run", ".bin"]

  init(root: URL) {
    self.root = root
    var paths = Self.rootFiles
    for folder in Self.folders {
      let found = FileManager.default.enumerator(atPath: root.appending(path: folder).path)
      while let path = found?.nextObject() as? String { paths.append("\(folder)/\(path)") }
    }
    files = paths.sorted().compactMap { path in
      guard !Self.dataEndings.contains(where: path.hasSuffix) else { return nil }
      guard let bytes = try? Data(contentsOf: root.appending(path: path)) else { return nil }
      return String(data: bytes, encoding: .utf8).map { SourceFile(path: path, text: $0) }
    }
  }

  /// A tree of files that exist in memory only, to show that a rule can fail.
  init(samples: [SourceFile]) {
    root = URL(filePath: "/nonexistent")
    files = samples
  }

  /// Whether a path relative to the project is one of its files or folders.
  func holds(_ path: String) -> Bool {
    if FileManager.default.fileExists(atPath: root.appending(path: path).path) { return true }
    return files.contains { $0.path == path || $0.isIn(path) }
  }
}
