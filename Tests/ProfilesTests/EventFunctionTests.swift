import Bytes
import StorageSimulation
import Testing

@testable import Profiles

@Suite struct EventFunctionTests {
  @Test(
    "texts in other forms",
    arguments: [
      ("Order Completed", "order_completed", "order-completed", "Order Completed"),
      ("orderCompleted", "order_completed", "order-completed", "Order Completed"),
      ("HTTP server-error__2", "http_server_error_2", "http-server-error-2", "HTTP Server Error 2"),
      ("  ", "", "", ""),
      ("Ärger im Büro", "ärger_im_büro", "ärger-im-büro", "Ärger Im Büro"),
    ])
  func cases(text: String, snake: String, kebab: String, title: String) {
    let value = FieldValue.string(Array(text.utf8))
    #expect(value.changed(by: .snakecase).description == snake)
    #expect(value.changed(by: .kebabcase).description == kebab)
    #expect(value.changed(by: .titlecase).description == title)
  }

  @Test("patterns agree with trying every split")
  func patterns() {
    for seed in UInt64(1)...3000 {
      var random = SeededRandom(seed)
      let pattern = (0..<Int.random(in: 0...6, using: &random)).map { _ in
        random.pick(["*", "?", "a", "b", "ä"])
      }
      let text = (0..<Int.random(in: 0...7, using: &random)).map { _ in
        random.pick(["a", "b", "ä"])
      }
      func fits(_ pattern: ArraySlice<String>, _ text: ArraySlice<String>) -> Bool {
        guard let first = pattern.first else { return text.isEmpty }
        if first == "*" {
          return (0...text.count).contains { fits(pattern.dropFirst(), text.dropFirst($0)) }
        }
        guard let next = text.first, first == "?" || first == next else { return false }
        return fits(pattern.dropFirst(), text.dropFirst())
      }
      let utf8 = Array(text.joined().utf8)
      let glob = GlobPattern(Array(pattern.joined().utf8))
      #expect(
        glob.matches(utf8.span.bytes) == fits(pattern[...], text[...]), "\(pattern) \(text)")
    }
  }

  @Test("no pattern and no bytes make a match trap")
  func hostile() {
    for seed in UInt64(1)...3000 {
      var random = SeededRandom(seed)
      func bytes(_ count: Int) -> [UInt8] {
        (0..<count).map { _ in
          random.pick([0x2A, 0x3F, 0x5B, 0x5D, 0x2D, 0x21, 0x5C, 0x61, 0xC3, 0xA4, 0xFF, 0xF0])
        }
      }
      let pattern = GlobPattern(bytes(8))
      let text = bytes(8)
      _ = pattern.matches(text.span.bytes)
      for function in EventFunction.allCases {
        _ = FieldValue.string(text).applying([function])
        _ = FieldValue.json(text).applying([function])
      }
    }
  }
}
