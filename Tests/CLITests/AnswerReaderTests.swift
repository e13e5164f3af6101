// Answers of HTTP, however they are cut, and what is not one.

import Testing

@testable import CairnCLI

struct AnswerReaderTests {
  private static let chunked =
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab\ncd\r\n3;x=y\r\n\nef\r\n0\r\n\r\n"

  /// The body of an answer that arrives in parts of a size.
  private func body(_ text: String, parts: Int) throws -> String {
    var reader = AnswerReader()
    var body: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      body += try reader.take(Array(rest.prefix(parts)))
      rest = rest.dropFirst(parts)
    }
    if !reader.isComplete { try reader.end() }
    return String(decoding: body, as: UTF8.self)
  }

  @Test(arguments: [1, 2, 3, 7, 1000]) func bodiesAreReadHoweverTheyArrive(_ parts: Int) throws {
    #expect(try body(Self.chunked, parts: parts) == "ab\ncd\nef")
    #expect(try body("HTTP/1.1 404 No\r\ncontent-length: 2\r\n\r\nab", parts: parts) == "ab")
    #expect(try body("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", parts: parts) == "")
    #expect(try body("HTTP/1.1 200 OK\r\n\r\nuntil the end", parts: parts) == "until the end")
  }

  @Test(arguments: [
    "", "HTTP/1.1 200", "SMTP ready\r\n\r\n", "HTTP/1.1 999 x\r\n\r\n",
    "HTTP/1.1 200 OK\r\nx\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nabcd\r\n0\r\n\r\n",
    String(repeating: "x", count: AnswerReader.headBytesMax + 1),
  ]) func anythingElseIsAnError(_ text: String) {
    for parts in [1, 64, 100_000] where parts > 1 || text.utf8.count < 1000 {
      #expect(throws: AnswerReader.Malformed.self) { try body(text, parts: parts) }
    }
  }
}
