// The formats of JSON Schema, each by its document.

import Bytes
import Testing

@testable import Events

@Suite struct SchemaFormatTests {
  private static let cases: [(SchemaFormat, fine: [String], wrong: [String])] = [
    (
      .dateTime,
      [
        "2026-02-03T10:00:00Z", "2026-02-03t10:00:00z", "2026-02-03T10:00:00.123456789+05:30",
        "2024-02-29T23:59:60Z", "2016-12-31T18:59:60-05:00", "0000-01-01T00:00:00-23:59",
      ],
      [
        "", "2026-02-03", "2026-02-03 10:00:00", "2026-02-03 10:00:00Z", "2026-02-03T10:00",
        "2026-02-03T10:00Z", "2026-02-03T10:00:00", "2026-02-30T10:00:00Z", "2023-02-29T10:00:00Z",
        "2026-02-03T24:00:00Z", "2026-02-03T10:60:00Z", "2026-02-03T10:00:61Z",
        "2026-02-03T10:00:60Z", "2026-02-03T10:00:00.Z", "2026-02-03T10:00:00+5:30",
        "2026-02-03T10:00:00+0530", "2026-02-03T10:00:00+24:00", "2026-02-03T10:00:00+01",
        "20260203T100000Z", "2026-2-3T10:00:00Z", "26-02-03T10:00:00Z", " 2026-02-03T10:00:00Z",
        "2026-02-03T10:00:00Z ", "2026-02-03T10:00:00ZZ", "1770112800", "2026-02-03T10:00:00,5Z",
        "2026-02-0\u{663}T10:00:00Z", "+2026-02-03T10:00:00Z",
      ]
    ),
    (
      .date, ["2026-02-03", "2024-02-29"],
      ["2026-02-29", "2026-13-01", "2026-2-3", "20260203", "2026-02-03Z", "2026-W05"]
    ),
    (
      .time, ["10:00:00Z", "23:59:60Z", "10:00:00.5-08:00"],
      ["10:00:00", "10:00Z", "1:00:00Z", "10:00:60Z", "24:00:00Z"]
    ),
    (
      .duration, ["P1Y2M3DT4H5M6S", "P4W", "PT36H", "P1D", "PT0S", "P1YT1S", "P1M", "PT1M"],
      [
        "", "P", "PT", "P1", "1D", "P1DT", "P1Y1D", "PT1H1S", "P1W1D", "P1S", "PT1D", "P-1D",
        "P1.5D", "p1d", "P1D2Y", "P\u{661}D",
      ]
    ),
    (
      .email,
      [
        "a@b.de", "o'hara+x@example.co.uk", "\"a b\"@example.org", "\"a\\\"b\"@example.org",
        "a@[127.0.0.1]", "a@[IPv6:::1]", "te~st@example.org",
      ],
      [
        "", "a", "@b.de", "a@", ".a@b.de", "a.@b.de", "a..b@c.de", "a b@c.de", "a@b c.de",
        "a@-b.de", "a@b..de", "a@[1.2.3]", "\"a\"b\"@c.de", "\u{E9}@b.de", "a@b@c.de",
        "a@\u{E9}.de", "a@[::1",
      ]
    ),
    (
      .internationalEmail,
      [
        "\u{E9}@b.de", "\u{C2E4}\u{B840}@\u{C2E4}\u{B840}.\u{D14C}\u{C2A4}\u{D2B8}", "a@b.de",
        "u@cafe\u{301}.fr",
      ], ["\u{E9}", "a@", "\u{E9}@\u{302E}\u{C2E4}.com"]
    ),
    (
      .hostname, ["example.org", "a", "xn--mnchen-3ya.de", "1a.b-c", "A.B"],
      [
        "", ".", "a.", ".a", "a..b", "-a", "a-", "a_b", "a b", "xn--X", "ab--cd", "\u{FC}.de",
        "xn--7a", String(repeating: "a", count: 64),
      ]
    ),
    (
      .internationalHostname,
      ["m\u{FC}nchen.de", "a\u{3002}b", "l\u{B7}l", "\u{5D0}\u{5F3}\u{5D1}", "\u{30FB}\u{3041}"],
      [
        "", "\u{302E}\u{C2E4}", "a\u{B7}l", "\u{5F3}\u{5D1}", "\u{30FB}", "0a.\u{5D0}", "a\u{5D0}",
        "\u{628}\u{660}\u{6F0}", "a\u{3002}", "\u{300}a",
      ]
    ),
    (
      .ipv4, ["0.0.0.0", "255.255.255.255"],
      [
        "", "1.2.3", "1.2.3.4.5", "256.0.0.1", "01.2.3.4", "1.2.3.4 ", "1..2.3", "0x1.2.3.4",
        "1.2.3.\u{664}", "1.2.3.",
      ]
    ),
    (
      .ipv6,
      [
        "::", "::1", "1::", "1:2:3:4:5:6:7:8", "::ffff:1.2.3.4", "1::8", "1:2::7:8",
        "1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:7::",
      ],
      [
        "", ":", "1", ":::", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "12345::", "1::2::3", "::1%eth0",
        "g::", "1:2:3:4:5:6:7:1.2.3.4", ":1:2:3:4:5:6:7", "1:2:3:4:5:6:7:", "::1.2.3",
        "1:2:3:4:5:6:7:8::", "::1/64",
      ]
    ),
    (
      .uri,
      [
        "http://a.b/c?d=e#f", "mailto:a@b.c", "urn:x:y", "http://[::1]:80/", "http://u:p@h/%41",
        "tel:+1-2", "a:", "http://a?b", "file:///x",
      ],
      [
        "", "/a", "a", "//a/b", ":", "1a:b", "http://a b", "http://a/%4", "http://a/<b>",
        "http://[::1", "http://a:b/", "a:\\b", "http://\u{E9}", "a:#b#c", "http://a/{b}",
      ]
    ),
    (
      .uriReference, ["", "/a", "a/b:c", "//a/b", "#x", "?q", "./a:b", "http://a"],
      ["a b", "%zz", "1a:b", "\\a", "\u{E9}", ":a"]
    ),
    (
      .iri, ["http://\u{E9}.de/\u{FC}?\u{E000}", "a:b"], ["/\u{E9}", "http://\u{E000}.de", "a: b"]
    ),
    (.iriReference, ["/\u{E9}", "", "#\u{192}"], ["\\\u{E9}", "#\u{E000}"]),
    (
      .uriTemplate, ["", "http://a/{b}{?c,d*}{#e:3}", "{+a.b}", "{%41}", "it's", "\u{E9}{/a}"],
      [
        "{", "}", "{}", "{a", "a}", "{a b}", "{=a}", "{a:0}", "{a:10000}", "{a..b}", "<", "%4",
        "{a-b}", "{a*:3}",
      ]
    ),
    (
      .uuid,
      [
        "2eb8aa08-aa98-11ea-b4aa-73b441d16380", "2EB8AA08-AA98-11EA-B4AA-73B441D16380",
        "00000000-0000-0000-0000-000000000000",
      ],
      [
        "", "2eb8aa08aa9811eab4aa73b441d16380", "2eb8aa08-aa98-11ea-b4aa-73b441d1638",
        "2eb8aa08-aa98-11ea-b4aag73b441d16380", "{2eb8aa08-aa98-11ea-b4aa-73b441d16380}",
        "2eb8aa0-8aa98-11ea-b4aa-73b441d16380",
      ]
    ),
    (.jsonPointer, ["", "/", "/a/0/~0~1", "/\u{E9}", "/a b"], ["a", "/~", "/~2", "#/a", "0"]),
    (
      .relativeJSONPointer, ["0", "1/a", "0#", "10", "2/"],
      ["", "/a", "#", "-1", "01", "1#a", "0##", "+1"]
    ),
    (.regex, ["^a$", "(?=a)", #"\p{L}"#], ["(", #"\a"#, "[z-a]"]),
  ]

  @Test func textsAreOfTheirFormat() {
    for (format, fine, wrong) in Self.cases {
      for text in fine {
        let bytes = Array(text.utf8)
        let fits = format.fits(bytes.span.bytes)
        #expect(fits, "\(format.rawValue): \(text)")
      }
      for text in wrong {
        let bytes = Array(text.utf8)
        let fits = format.fits(bytes.span.bytes)
        #expect(!fits, "\(format.rawValue): \(text)")
      }
    }
  }

  @Test func everyFormatHasItsCases() {
    #expect(Set(Self.cases.map(\.0)) == Set(SchemaFormat.allCases))
  }

  /// Whatever the text is, an answer comes.
  @Test func noTextEndsTheProcess() {
    var generator = SeededGenerator(seed: 7)
    let alphabet = Array("a1-.:/@[]{}%#?+~\"\\\u{0}\u{E9}\u{5D0}xnPTZ ".unicodeScalars)
    for _ in 0..<2_000 {
      var text = ""
      for _ in 0..<Int(generator.next() % 12) {
        text.unicodeScalars.append(alphabet[Int(generator.next() % UInt64(alphabet.count))])
      }
      let bytes = Array(text.utf8)
      for format in SchemaFormat.allCases { _ = format.fits(bytes.span.bytes) }
    }
  }
}
