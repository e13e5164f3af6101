// What an expression mentions of events.

import Profiles

extension Expression {
  /// The names of events and the paths to their values in the text of the expression; those of the
  /// definitions that it names are not among them.
  public var mentionedNames: MentionedNames {
    var names = MentionedNames()
    visit { part in
      switch part.kind {
      case .aggregate(let aggregate), .timeSince(let aggregate): names.add(aggregate)
      case .known(let path): names.add(path)
      default: break
      }
    }
    return names
  }
}
