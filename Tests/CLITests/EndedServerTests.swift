// Servers that end, or say nothing, under a reading command.

import CairnServer
import Foundation
import Glibc
import Testing

@testable import CairnCLI

@Suite struct EndedServerTests {
  /// A socket that takes one connection, answers it with `bytes` once asked, and closes it; silent if nil.
  private final class Listener {
    let path = FileManager.default.temporaryDirectory.path + "/cairn-\(UUID().uuidString.prefix(8))"
    private let descriptor: Int32

    init(answering bytes: [UInt8]?) throws {
      descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
      var address = sockaddr_un()
      address.sun_family = sa_family_t(AF_UNIX)
      withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
      let isBound = withUnsafePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
        }
      }
      try #require(isBound && listen(descriptor, 1) == 0)
      guard let bytes else { return }
      let listening = descriptor
      Thread.detachNewThread {
        let connection = accept(listening, nil, nil)
        var part = [UInt8](repeating: 0, count: 4096)
        _ = recv(connection, &part, part.count, 0)
        _ = send(connection, bytes, bytes.count, Int32(bitPattern: UInt32(MSG_NOSIGNAL)))
        close(connection)
      }
    }

    deinit {
      close(descriptor)
      unlink(path)
    }
  }

  private static let question = CommandQuestion(
    version: "1", words: ["stats", "s"],
    surroundings: CommandSurroundings(
      outputIsTerminal: false, errorColumns: nil, dataIsOutput: true))

  private static func chunk(_ frames: [CommandFrame]) -> [UInt8] {
    var bytes: [UInt8] = []
    for frame in frames {
      bytes.append(frame.kind.rawValue)
      for place in 0..<4 { bytes.append(UInt8(frame.bytes.count >> (8 * place) & 0xFF)) }
      bytes += frame.bytes
    }
    let size = Array("\(String(bytes.count, radix: 16))\r\n".utf8)
    return size + bytes + Array("\r\n".utf8)
  }

  private static let head = Array("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".utf8)

  /// Whether the command is to be run again on the files.
  private static func fallsBack(after answer: [UInt8]) throws -> Bool {
    let listener = try Listener(answering: answer)
    let server = try #require(ServerConnection(listener.path))
    guard case .runs = try server.begin(question) else { throw CocoaError(.featureUnsupported) }
    let data = FileManager.default.temporaryDirectory.path + "/cairn-\(UUID().uuidString)"
    defer { unlink(data) }
    return try !server.finish(on: try ProcessConsole(dataPath: data))
  }

  @Test(arguments: [[UInt8](), Array("0\r\n\r\n".utf8)])
  func nothingHasBeenWritten(_ end: [UInt8]) throws {
    #expect(try Self.fallsBack(after: Self.head + end))
    // In the middle of a frame.
    let part = Self.chunk([CommandFrame(.data, [1, 2, 3])]).dropLast(4)
    #expect(try Self.fallsBack(after: Self.head + part))
  }

  @Test(arguments: [[UInt8](), Array("0\r\n\r\n".utf8)])
  func somethingHasBeenWritten(_ end: [UInt8]) throws {
    let frames = Self.chunk([CommandFrame(.data, [1, 2, 3])])
    #expect {
      try Self.fallsBack(after: Self.head + frames + end)
    } throws: { error in
      let failure = error as? CommandFailure
      return failure?.what.contains("ended before the command did") == true
        && failure?.remedy == "run this again"
    }
  }

  @Test func aServerThatSaysNothingIsNotWaitedFor() throws {
    let listener = try Listener(answering: nil)
    let server = try #require(ServerConnection(listener.path))
    guard case .silent = try server.begin(Self.question, within: 1) else {
      Issue.record("the server has said something")
      return
    }
  }
}
