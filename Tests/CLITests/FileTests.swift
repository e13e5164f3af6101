// Files that the CLI writes: whole or not at all, and with a typed error when they cannot be.

import Foundation
import Testing

@testable import CairnCLI

struct FileTests {
  private let folder: URL

  init() throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "cairn-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
  }

  private func names() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
  }

  @Test func anUnfinishedFileLeavesTheOldOne() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appending(path: "out.csv").path
    try "old".write(toFile: path, atomically: false, encoding: .utf8)
    do {
      let file = try ReplacedFile(path)
      try file.output.finish(with: "new")
      #expect(try names() == ["out.csv", "out.csv.part"])
    }
    #expect(try names() == ["out.csv"])
    #expect(try String(contentsOfFile: path, encoding: .utf8) == "old")
  }

  @Test func aFinishedFileReplacesAndIsPrivate() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appending(path: "out.csv").path
    let file = try ReplacedFile(path)
    // More than the buffer, so that it is written in several steps.
    let text = String(repeating: "0123456789abcde\n", count: 10_000)
    for line in text.split(separator: "\n") { try file.output.write("\(line)\n") }
    try file.commit()
    #expect(try names() == ["out.csv"])
    #expect(try String(contentsOfFile: path, encoding: .utf8) == text)
    let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    #expect(mode == 0o600)
  }

  @Test func aMissingFolderIsAClearRefusal() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appending(path: "no/out.csv").path
    #expect {
      try ReplacedFile(path)
    } throws: { error in
      let failure = error as? CommandFailure
      return failure?.status == .refused && failure?.what.hasPrefix("cannot create") == true
    }
  }

  @Test func aFullDeviceIsAnError() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let device = try #require(FileHandle(forWritingAtPath: "/dev/full"))
    let output = Output(descriptor: device.fileDescriptor, name: "/dev/full")
    #expect(throws: CommandFailure.self) { try output.finish(with: "text") }
  }
}
