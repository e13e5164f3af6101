// A shape of input: definitions, and lines that make something grow.

import Bytes

/// Events that make one thing grow, under the definitions that look at it.
struct CliffShape: Sendable {
  /// Its name on the command line.
  let name: String
  /// What grows by one per event.
  let growing: String
  /// The definitions, as a file would have them.
  let definitions: String
  /// The identity rules, as a file would have them; those of a new store if there are none.
  var rules: String?
  /// How many audiences have a guard that an event of the measured part passes.
  var audiencesNamed = 0
  /// The sizes at which an event is measured are the common ones divided by this.
  var divisor = 1
  /// Lines that come before the first measured one, given the number of measured lines.
  var preparation: @Sendable (_ count: Int) -> [String] = { _ in [] }
  /// A measured line.
  let line: @Sendable (_ index: Int, _ count: Int) -> String
}

/// An event as a line of JSON.
struct CliffLine {
  /// The name of a `track` call; without one it is an `identify` call.
  var event: String?
  var user: String?
  var anonymous: String?
  var email: String?
  var account: String?
  /// Members of `properties`, as JSON.
  var properties = ""
  /// Tells the message from others.
  var id: String
  /// Seconds after the beginning of 2024.
  var seconds: Int

  /// The line, without its end.
  var text: String {
    let time = Timestamp(milliseconds: (1_704_067_200 + Int64(seconds)) * 1000)
    var text = #"{"messageId":"\#(id)","timestamp":"\#(time)""#
    if let event { text += #","type":"track","event":"\#(event)""# }
    if event == nil { text += #","type":"identify""# }
    if let user { text += #","userId":"\#(user)""# }
    if let anonymous { text += #","anonymousId":"\#(anonymous)""# }
    if let email { text += #","traits":{"email":"\#(email)"}"# }
    if let account { text += #","context":{"groupId":"\#(account)"}"# }
    if !properties.isEmpty { text += #","properties":{\#(properties)}"# }
    return text + "}"
  }
}
