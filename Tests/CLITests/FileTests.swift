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
      let file = try OutputFile(path)
      try file.output.finish(with: "new")
      #expect(try names().count == 2)
    }
    #expect(try names() == ["out.csv"])
    #expect(try String(contentsOfFile: path, encoding: .utf8) == "old")
  }

  @Test func aFinishedFileReplacesAndIsPrivate() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appending(path: "out.csv").path
    let file = try OutputFile(path)
    // More than the buffer, so that it is written in several steps.
    let text = String(repeating: "0123456789abcde\n", count: 10_000)
    for line in text.split(separator: "\n") { try file.output.write("\(line)\n") }
    try file.commit()
    #expect(try names() == ["out.csv"])
    #expect(try String(contentsOfFile: path, encoding: .utf8) == text)
    let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    #expect(mode == 0o600)
  }

  private func write(_ text: String, to path: String) throws {
    let file = try OutputFile(path)
    try file.output.write(text)
    try file.commit()
  }

  @Test func aLinkStaysAndWhatItLeadsToIsReplaced() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let files = FileManager.default
    let link = folder.appending(path: "link").path
    // One link to a link, relative, and one to what is not there yet.
    try files.createSymbolicLink(atPath: link, withDestinationPath: "second")
    let second = folder.appending(path: "second").path
    try files.createSymbolicLink(atPath: second, withDestinationPath: "./target")
    try write("one", to: link)
    #expect(try names() == ["link", "second", "target"])
    #expect(try files.destinationOfSymbolicLink(atPath: link) == "second")
    try write("two", to: link)
    let target = folder.appending(path: "target").path
    #expect(try String(contentsOfFile: target, encoding: .utf8) == "two")
    // Two names of one file are two outputs to one file, and an input that is an output.
    let outputs = [try OutputFile(link), try OutputFile(target)]
    #expect(throws: CommandFailure.self) { try OutputFile.requireDistinct(outputs, from: []) }
    #expect(throws: CommandFailure.self) {
      try OutputFile.requireDistinct([outputs[0]], from: [target])
    }
    try OutputFile.requireDistinct([outputs[0], nil], from: ["-", folder.path])
  }

  @Test func linksThatLeadNowhereEnd() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let link = folder.appending(path: "link").path
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: link)
    #expect { try OutputFile(link) } throws: { error in
      (error as? CommandFailure)?.what.contains("levels of symbolic links") == true
    }
  }

  @Test(arguments: ["/dev/null", "/dev/fd/2", "/dev/stderr", "-"])
  func whatIsNoFileIsWrittenInto(_ path: String) throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = try OutputFile(path)
    try file.commit()
    #expect(file.isStandardOutput == (path == "-"))
    #expect(try names() == [])
  }

  @Test(arguments: ["", ".", "..", "a/", "/", "https://a.example/b", "s3://bucket/key"])
  func whatCannotBeAFileIsRefused(_ path: String) throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    #expect(throws: CommandFailure.self) { try OutputFile(path) }
  }

  @Test func onlyURLsAreTakenForURLs() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    #expect(throws: CommandFailure.self) { try requireFileName("a+b.c-1://", for: .events) }
    for path in ["1://x", "a b://c", "://", "C:/x", "über://x"] {
      try requireFileName(path, for: .events)
    }
  }

  @Test func aMissingFolderIsAClearRefusal() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appending(path: "no/out.csv").path
    #expect {
      try OutputFile(path)
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
