// From the rules in force to the next: types keep their numbers, new ones get the next, and
// warnings about what is easy to overlook.

import Events
import Profiles

extension IdentityRules {
  /// The same rules with the numbers that types have had in the store, and the next free ones for types
  /// that are named for the first time, in their order here.
  public func renumbered(after present: IdentityRules) -> IdentityRules {
    var rules = self
    let named = present.identifiers.entries + present.identifiers.retired
    var next = named.map(\.type.rawValue).reduce(IdentifierType.firstCustom.rawValue) {
      max($0, $1 >= IdentifierType.firstCustom.rawValue ? $1 + 1 : $0)
    }
    for index in rules.identifiers.entries.indices {
      let entry = rules.identifiers.entries[index]
      let type: IdentifierType
      if let known = IdentifierType(name: entry.name) {
        type = known
      } else if let known = named.first(where: { $0.name == entry.name })?.type {
        type = known
      } else {
        type = IdentifierType(rawValue: next)
        next += 1
      }
      rules.identifiers.entries[index].type = type
      rules.constraints[index].type = type
    }
    rules.identifiers.retired = named.filter { old in
      !rules.identifiers.entries.contains { $0.type == old.type }
    }
    return rules
  }

  /// Whether values that the present rules recognise would no longer be, or in another form: a type goes, is
  /// read in fewer places, or is normalised in another way.
  package func recognisesLess(than present: IdentityRules) -> Bool {
    if identifiers.country != present.identifiers.country { return true }
    if identifiers.alias == .ignore, present.identifiers.alias == .merge { return true }
    return present.identifiers.entries.contains { old in
      guard let new = identifiers.entry(of: old.type) else { return true }
      return new.normaliser != old.normaliser || !old.places.allSatisfy(new.places.contains)
    }
  }

  /// Warnings to consider before these rules replace others.
  package func warnings(after present: IdentityRules) -> [String] {
    var warnings: [String] = []
    let old = present.identifiers.entries.map(\.name)
    let new = identifiers.entries.map(\.name)
    if old.filter(new.contains) != new.filter(old.contains) {
      warnings.append(
        "the order of priority changes from \(old.joined(separator: ", ")) to "
          + "\(new.joined(separator: ", ")): events are stored under other identifiers")
    }
    for (place, name) in new.enumerated() where !old.contains(name) {
      let below = new[(place + 1)...].filter(old.contains)
      if !below.isEmpty {
        warnings.append(
          "the new type \(name) has priority over \(below.joined(separator: ", ")); a new type usually "
            + "goes last")
      }
    }
    if identifiers.alias == .merge, present.identifiers.alias == .ignore {
      warnings.append(
        "alias calls, ignored so far, join previousId and userId; `alias: ignore` keeps it as it is"
      )
    }
    for name in old where !new.contains(name) {
      warnings.append(
        "\(name) is no longer an identifier: profiles that only it connects are split")
    }
    return warnings
  }
}
