// The section `consent` of a definition file: a category for each name, which becomes the rule of its audience.

import Audiences
import Engine
import Profiles
import Yams

/// Reads consent categories.
///
///     consent:
///       advertising: strictest
///       analytics: {merge: latest, missing: allow, expires_after: 365d}
struct ConsentReader: YAMLReading {
  let file: String

  /// Reads the categories of the section, in file order.
  func categories(_ section: Node) throws(DefinitionError) -> [DefinitionText] {
    guard let entries = section.mapping else {
      throw failure("must map each category to `strictest` or `latest`", section)
    }
    var result: [DefinitionText] = []
    for (name, value) in entries {
      let category = try category(name, value)
      let place = name.place
      result.append(
        DefinitionText(
          kind: .audience, name: category.audience, text: category.rule, file: file,
          line: place.line, column: place.column))
    }
    return result
  }

  private func category(_ name: Node, _ value: Node) throws(DefinitionError) -> ConsentCategory {
    guard let text = name.scalar?.string, Aggregate.isConsentCategory(text) else {
      throw failure(
        "a consent category has 1 to \(Aggregate.consentCategoryMax) characters of printable ASCII, "
          + "without quotation marks, backslashes and commas", name)
    }
    var category = ConsentCategory(text)
    guard let settings = value.mapping else {
      category.merge = try merge(value)
      return category
    }
    for (key, value) in settings {
      switch key.string {
      case "merge": category.merge = try merge(value)
      case "missing": category.allowsMissing = try missing(value)
      case "expires_after": category.expiresAfter = try duration(value)
      default:
        throw failure("unknown key; the keys here are `merge`, `missing`, `expires_after`", key)
      }
    }
    return category
  }

  private func merge(_ value: Node) throws(DefinitionError) -> ConsentMerge {
    guard let merge = value.string.flatMap({ ConsentMerge(rawValue: $0) }) else {
      throw failure(
        "must be `strictest` (a refusal under any identifier of a person counts) or `latest`", value
      )
    }
    return merge
  }

  private func missing(_ value: Node) throws(DefinitionError) -> Bool {
    switch value.string {
    case "allow": return true
    case "deny": return false
    default:
      throw failure("must be `deny`, or `allow` to permit persons who have not answered", value)
    }
  }

  private func duration(_ value: Node) throws(DefinitionError) -> String {
    guard let text = value.scalar?.string else {
      throw failure("must be a duration, such as 365d", value)
    }
    let answer: Aggregate
    do throws(LanguageError) {
      answer = try Aggregate(parsing: "consent(\"x\", last \(text))")
    } catch {
      throw failure("must be a duration, such as 365d: \(error.message)", value)
    }
    // Words such as '12 months' are units of the calendar.
    guard case .last(let length) = answer.window else {
      throw failure("must be a duration of fixed length, such as 365d or 8760h", value)
    }
    return length.durationText
  }
}
