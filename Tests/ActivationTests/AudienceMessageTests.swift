// What a destination receives: a person by their ids, an account as a group and never as a person.

import Bytes
import Testing

@testable import Activation
@testable import Engine

struct AudienceMessageTests {
  private func line(
    _ subject: AudienceMessage.Subject, _ form: MessageForm, _ identifiers: [(String, String)]
  ) -> String {
    var message = AudienceMessage(
      key: "k", isEntry: true, audience: "big", effective: Timestamp(milliseconds: 0),
      profileID: "p",
      cause: "event", address: "1.0", storeID: "s")
    message.subject = subject
    message.identifiers = identifiers.map { (type: $0.0, value: $0.1) }
    var writer = ByteWriter()
    message.write(as: form, to: &writer)
    return String(decoding: writer.bytes, as: UTF8.self)
  }

  @Test(arguments: MessageForm.allCases) func anAccountIsAGroup(form: MessageForm) {
    let line = line(.account, form, [("group_id", "acme"), ("email", "it@acme.example")])
    #expect(line.hasPrefix(#"{"type":"group","messageId":"k","groupId":"acme","timestamp":"#))
    #expect(line.contains(#""traits":{"big":true}"#))
    #expect(line.contains(#"{"id":"acme","type":"group_id","collection":"accounts""#))
    for word in ["anonymousId", "userId", #""event":"#, #""users""#] {
      #expect(!line.contains(word), "\(word)")
    }
    #expect(!line.contains(#""traits":{"email""#), "those are a person's")
  }

  @Test func anAccountThatHasNoIdIsNamedByItsProfile() {
    #expect(line(.account, .track, []).contains(#""groupId":"p""#))
  }

  @Test func aPersonIsNamedByTheirIds() {
    let track = line(.person, .track, [("user_id", "u"), ("email", "a@b.c")])
    #expect(
      track.hasPrefix(#"{"type":"track","event":"Audience Entered","messageId":"k","userId":"u""#))
    #expect(track.contains(#""properties":{"audience_key":"big","big":true}"#))
    #expect(
      track.contains(#""collection":"users""#) && track.contains(#""traits":{"email":"a@b.c"}"#))
    let identify = line(.person, .identify, [])
    #expect(identify.hasPrefix(#"{"type":"identify","messageId":"k","anonymousId":"p""#))
    #expect(identify.contains(#""traits":{"big":true}"#) && !identify.contains("groupId"))
  }
}
