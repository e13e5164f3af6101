// Lines about accounts and definitions of accounts, for the tests of both.

import Cairn
@testable import Engine

/// An event of a user in an account.
func accountEvent(
  _ name: String, _ id: String, user: String, in account: String?, at time: String,
  properties: String = ""
) -> String {
  let context = account.map { #","context":{"groupId":"\#($0)"}"# } ?? ""
  return #"{"type":"track","event":"\#(name)","messageId":"\#(id)","userId":"\#(user)","#
    + #""timestamp":"\#(time)"\#(context),"properties":{\#(properties)}}"#
}

/// A group call of a user, with the traits of the account.
func groupCall(
  _ id: String, user: String, _ account: String, at time: String, traits: String = ""
) -> String {
  #"{"type":"group","messageId":"\#(id)","userId":"\#(user)","groupId":"\#(account)","#
    + #""timestamp":"\#(time)","traits":{\#(traits)}}"#
}

/// Definitions of accounts by name and text.
func accountDefinitions(
  traits: [(String, String)] = [], audiences: [(String, String)] = []
) -> [DefinitionText] {
  traits.map { DefinitionText(kind: .accountTrait, name: $0.0, text: $0.1, file: "test") }
    + audiences.map { DefinitionText(kind: .accountAudience, name: $0.0, text: $0.1, file: "test") }
}
