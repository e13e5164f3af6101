// E-mail addresses as they come from forms, spreadsheets and clipboards.

import Bytes
import Events
import Testing

struct EmailAddressTests {
  static func read(_ text: String) -> String? {
    let bytes = Array(text.utf8)
    return IdentifierRules.standard.normalised(bytes.span.bytes, as: .email).map {
      String(decoding: $0, as: UTF8.self)
    }
  }

  @Test(arguments: [
    ("Jane@Example.COM", "jane@example.com"), (" jane@x.y\t", "jane@x.y"),
    ("J\u{D6}RG@EXAMPLE.COM", "j\u{F6}rg@example.com"),
    ("jo\u{308}rg@example.com", "j\u{F6}rg@example.com"),
    ("\u{A0}\u{2003}\u{3000}jane@x.y\u{A0}\u{2028}", "jane@x.y"),
    ("\u{200B}\u{FEFF}jane@x.y\u{200D}\u{2060}\u{AD}", "jane@x.y"),
    ("\u{202A}jane@x.y\u{202C}", "jane@x.y"), ("jane@x.y\u{0}", "jane@x.y"),
    // The default mapping, not case folding.
    ("STRA\u{DF}E@x.y", "stra\u{DF}e@x.y"), ("\u{39F}\u{394}\u{39F}\u{3A3}@x.y", "οδος@x.y"),
    ("\u{130}@x.y", "i\u{307}@x.y"),
    // Domains.
    ("a@M\u{DC}NCHEN.example", "a@münchen.example"),
    ("a@xn--mnchen-3ya.example", "a@münchen.example"),
    ("a@XN--MNCHEN-3YA.EXAMPLE", "a@münchen.example"),
    ("a@stra\u{DF}e.example", "a@straße.example"),
    ("a@example\u{FF0E}com", "a@example.com"), ("a@example\u{3002}com", "a@example.com"),
    ("a@\u{FF45}xample.com", "a@example.com"), ("a@mu\u{308}nchen.example", "a@münchen.example"),
    ("a@example.com.", "a@example.com"), ("a@ex\u{AD}ample.com", "a@example.com"),
    ("A@xn--\u{E9}.Example", "a@xn--é.example"), ("a@[127.0.0.1]", "a@[127.0.0.1]"),
    // Symbols, which UTS 46 allows; ß is kept in capitals, too.
    ("a@\u{2603}.NET", "a@☃.net"), ("a@xn--n3h.net", "a@☃.net"), ("a@XN--I-7IQ.ws", "a@i❤.ws"),
    ("a@i\u{2764}.ws", "a@i❤.ws"), ("a@M\u{DC}N\u{2603}.xn--ls8h.la", "a@mün☃.💩.la"),
    ("a@STRA\u{1E9E}E.de", "a@straße.de"), ("a@\u{39B}\u{39F}\u{3A3}.gr", "a@λοσ.gr"),
    ("a@under_score.EXAMPLE", "a@under_score.example"),
    // What stands around an address.
    ("mailto:Jane@x.y?subject=Hi", "jane@x.y"), ("Jane Doe <Jane@x.y>", "jane@x.y"),
    ("\"Doe, Jane\" <jane@x.y>", "jane@x.y"), ("'jane@x.y'", "jane@x.y"),
    ("\"jane@x.y\"", "jane@x.y"), ("jane @ x.y", "jane@x.y"), ("<jane@x.y>", "jane@x.y"),
    ("jane@x.y..", "jane@x.y"), ("jane@x.y . .", "jane@x.y"), ("\"jane@x.y\".", "jane@x.y"),
    ("\"'jane@x.y'\"", "jane@x.y"), ("mailto:mailto:jane@x.y", "jane@x.y"),
    ("Jane <<jane@x.y>>", "jane@x.y"), ("Doe, Jane <jane@x.y>", "jane@x.y"),
    ("\"<Doe>\" <jane@x.y>", "jane@x.y"), ("jane@x.y <jane@x.y>", "jane@x.y"),
    ("\u{201C}jane@x.y\u{201D}", "jane@x.y"), ("\u{201E}jane@x.y\u{201C}", "jane@x.y"),
    ("\u{2018}jane@x.y\u{2019}", "jane@x.y"), ("`jane@x.y`", "jane@x.y"),
    ("'a@b'\u{3002}", "a@b"), ("'a@b'.", "a@b"), ("a@b\u{3002}\u{3002}", "a@b"),
    ("\u{AB}jane@x.y\u{BB}", "jane@x.y"), ("\u{BB}jane@x.y\u{AB}", "jane@x.y"),
    ("\u{2039}jane@x.y\u{203A}", "jane@x.y"), ("jane@x.y,", "jane@x.y"),
    (" ;jane@x.y ; ", "jane@x.y"),
    (",\"jane@x.y\";", "jane@x.y"), ("(jane@x.y)", "jane@x.y"), ("[jane@x.y]", "jane@x.y"),
    ("jane@x.y (work)", "jane@x.y"), ("jane@x.y (Doe, Jane),", "jane@x.y"),
    ("\"a@b\"@x.y", "\"a@b\"@x.y"), ("o'brien@x.y", "o'brien@x.y"),
    ("jane+tag@x.y", "jane+tag@x.y"),
  ])
  func spellingsOfAnAddressAreOne(text: String, expected: String) {
    #expect(Self.read(text).map { Array($0.utf8) } == Array(expected.utf8), "\(text)")
    // What has been read once is read again as it is.
    #expect(Self.read(expected) == expected)
  }

  @Test(arguments: [
    "jane", "jane.x.y", "@", "@x.y", "jane@", " @ ", "jane@ ", "\u{200B}@x.y", "mailto:", "<>",
    "jane\u{FF20}x.y", "n/a", "'@'", "jane@.",
    "a@\u{3002}", "Jane <a@b.c>, Other <d@e.f>", "a@b.c, d@e.f", "a@b.c; Other <d@e.f>", "<a@b",
    "a@b>", "a@b@x.y", "a@@x.y", "a@x.y b@x.y", "a@x.y\nb@x.y", "a@x.y/b@x.y", "a@x.y|b@x.y",
    "a@x.y und b@x.y", "a@x.y (b@x.y)", "()", "[,]",
  ])
  func otherTextsAreNone(text: String) {
    #expect(Self.read(text) == nil)
  }

  @Test(arguments: UInt64(1)...4)
  func hostileTextsNeverTrapAndReadBack(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let bytes =
      Array(
        "aZ@.<>'\"`,;?mailto:xn--\u{201C}\u{2019}\u{3002}\u{FF02}\u{FF1E}\u{1FEF}\u{DF}\u{3A3}\u{FF0E}\u{AD} \u{308}"
          .utf8) + [0x80, 0xFF, 0, 0xC2]
    for _ in 0..<2000 {
      let text = (0..<Int.random(in: 0...40, using: &random)).map { _ in
        bytes[Int.random(in: 0..<bytes.count, using: &random)]
      }
      let rules = IdentifierRules.standard
      guard let address = rules.normalised(text.span.bytes, as: .email) else { continue }
      #expect(address.contains(UInt8(ascii: "@")))
      #expect(rules.normalised(address.span.bytes, as: .email) == address, "\(text)")
    }
  }
}
