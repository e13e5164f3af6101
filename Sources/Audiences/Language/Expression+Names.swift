// What an expression mentions of events.

import Profiles

extension Expression {
  /// The names of events, the paths to their values and the known traits in the text of an expression about persons
  /// or about accounts; those of the definitions that it names are not among them.
  public func mentionedNames(of entity: EntityKind) -> MentionedNames {
    var names = MentionedNames()
    var inner = entity
    switch kind {
    case .aggregate(let aggregate), .timeSince(let aggregate): names.add(aggregate)
    case .known(let path): names.addTrait(path, ofAccount: entity == .account)
    case .members: inner = .person
    case .accounts: inner = .account
    default: break
    }
    for part in parts { names.formUnion(part.mentionedNames(of: inner)) }
    return names
  }
}
