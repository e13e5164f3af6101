// How each ad platform wants a field written before it is hashed, field by field, in one place. The
// rules are the documented ones; where a platform's own tools deviate from its documents, that is an
// option.

import Bytes
import Events

/// A platform that takes lists of people.
public enum AdPlatform: String, Sendable, CaseIterable {
  /// Google Ads Customer Match.
  case google
  /// Meta Custom Audiences.
  case meta
}

/// Whose reading of a platform's rules is followed.
public enum AdCompatibility: String, Sendable, CaseIterable {
  /// The platform's documents.
  case documented
  /// Meta's own Python SDK, in every field: for accounts whose audiences were built with it.
  case metaSDK = "meta-sdk"
}

/// The rules of one platform.
///
/// Each function gives the text to hash, or to send where the platform takes it plain, and nil for
/// a value that cannot be matched. All but what Meta's SDK makes is in lower case and composed
/// (`AdText`). Sources: developers.google.com/data-manager/api/devguides/concepts/formatting;
/// developers.facebook.com/docs/marketing-api/audiences/guides/custom-audiences.
public struct AdRules: Sendable {
  /// The platform.
  public var platform: AdPlatform
  /// Whose reading of the rules is followed.
  public var compatibility: AdCompatibility
  /// The country of people who do not state one; nil leaves it open.
  public var country: CountryCode?
  /// The last day on which anybody can have been born; nil if that is open.
  public var today: CalendarDay?

  /// The rules of a platform.
  public init(
    _ platform: AdPlatform, compatibility: AdCompatibility = .documented,
    country: CountryCode? = nil
  ) {
    self.platform = platform
    self.compatibility = compatibility
    self.country = country
  }

  /// Whether fields are normalised as Meta's Business SDK does it, telephone numbers as they were sent for one.
  public var followsSDK: Bool { platform == .meta && compatibility == .metaSDK }

  /// An e-mail address.
  ///
  /// Google: without any blanks, and for gmail.com and googlemail.com, exactly, without dots and
  /// without what follows a plus sign. Meta: trimmed. Both in lower case.
  public func email(_ text: String) -> String? {
    if followsSDK { return MetaSDK.plain(text) }
    let address = AdText.normalised(platform == .google ? text.withoutSpaces : text)
    guard let at = address.lastIndex(of: "@") else { return nil }
    var local = address[..<at]
    let host = address[address.index(after: at)...]
    guard !host.isEmpty else { return nil }
    guard platform == .google, host == "gmail.com" || host == "googlemail.com" else {
      return local.isEmpty ? nil : address
    }
    if let plus = local.firstIndex(of: "+") { local = local[..<plus] }
    let bare = local.filter { $0 != "." }
    return bare.isEmpty ? nil : "\(bare)@\(host)"
  }

  /// A phone number in E.164.
  ///
  /// Google takes it with the plus sign; Meta takes the digits alone.
  ///
  /// - Parameter home: The country of a number without a calling code; with nil such a text is not a number.
  public func phone(_ text: String, home: CountryCode?) -> String? {
    if followsSDK { return MetaSDK.phone(text) }
    let bytes = Array(text.utf8)
    let number = PhoneNumber.e164(bytes.span.bytes, defaultCountry: home)
    guard let number else { return nil }
    let full = String(decoding: number, as: UTF8.self)
    return platform == .google ? full : String(full.dropFirst())
  }

  /// A first name.
  ///
  /// Google: without a prefix such as `Mrs.`. Meta: without punctuation; other letters than a to z stay.
  public func firstName(_ text: String) -> String? {
    platform == .google ? GoogleName.given(text) : metaName(text)
  }

  /// A last name; Google: without a suffix such as `Jr.`.
  public func lastName(_ text: String) -> String? {
    platform == .google ? GoogleName.family(text) : metaName(text)
  }

  /// The first letter of a first name.
  public func firstInitial(_ text: String) -> String? {
    if followsSDK { return MetaSDK.firstInitial(text) }
    return metaName(text)?.first.map { String($0) }
  }

  /// A city: the letters a to z alone.
  public func city(_ text: String) -> String? {
    MetaSDK.letters(followsSDK ? text : AdText.normalised(text))
  }

  /// A state or region, of the country with the code `country`.
  ///
  /// In the US the postal abbreviation, also for a name written out; elsewhere without white space and
  /// punctuation.
  public func state(_ text: String, country: CountryCode?) -> String? {
    if followsSDK { return MetaSDK.letters(text) }
    if country == Self.unitedStates, let short = USStates.abbreviation(of: text) { return short }
    return nonEmpty(Self.withoutPunctuation(AdText.normalised(text).withoutSpaces))
  }

  /// A postal code.
  ///
  /// Google takes it plain. Meta: `PostalCode.meta`. A digest of any kind is not a postal code: no
  /// country's codes have as many characters.
  public func postalCode(_ text: String, country: CountryCode?) -> String? {
    if platform == .google {
      return isPostalCode(text) ? nonEmpty(text.trimmed) : nil
    }
    if followsSDK { return MetaSDK.postalCode(text) }
    return isPostalCode(text) ? PostalCode.meta(text, country: country) : nil
  }

  /// A country as its two letters, ISO 3166-1 alpha-2; Meta in lower case.
  public func text(of country: CountryCode) -> String {
    platform == .google ? country.description : country.description.lowercased()
  }

  /// What Meta is sent for a person's country, which was read as `home`.
  func metaCountry(said: String?, home: CountryCode?) -> String? {
    if followsSDK, let said { return MetaSDK.country(said) }
    return home.map(text(of:))
  }

  /// A gender as `m` or `f`; nil for anything else, which is not guessed.
  public func gender(_ text: String) -> String? {
    if followsSDK { return MetaSDK.gender(text) }
    return switch AdText.normalised(text) {
    case "f", "female", "woman": "f"
    case "m", "male", "man": "m"
    default: nil
    }
  }

  /// A day of birth as year, month and day with leading zeros; no year if the text has none.
  ///
  /// Meta takes years from 1900 on, until now; its SDK takes any. Nil for what `CalendarDay.reading` does
  /// not read.
  public func birthday(_ text: String) -> (year: String?, month: String, day: String)? {
    guard let day = CalendarDay.reading(text) else { return nil }
    if !followsSDK, (day.year ?? 1900) < 1900 || today.map(day.isAfter) ?? false { return nil }
    func padded(_ number: Int, to length: Int) -> String {
      let digits = String(number)
      return String(repeating: "0", count: max(0, length - digits.count)) + digits
    }
    return (day.year.map { padded($0, to: 4) }, padded(day.month, to: 2), padded(day.day, to: 2))
  }

  /// The sender's own id, as it is.
  public func userID(_ text: String) -> String? {
    followsSDK ? MetaSDK.plain(text) : nonEmpty(text)
  }

  /// A mobile ad id, never hashed under the documented rules; Meta: in lower case.
  public func mobileAdID(_ text: String) -> String? {
    if followsSDK { return MetaSDK.plain(text).flatMap(HashedText.of) }
    return nonEmpty(platform == .google ? text.trimmed : AdText.normalised(text))
  }
}

extension AdRules {
  private static let unitedStates = CountryCode("US")
  /// Characters of a postal code, with room for a country in front of it and blanks.
  private static let postalCodeMax = 20

  private func isPostalCode(_ text: String) -> Bool { text.trimmed.count <= Self.postalCodeMax }

  private func metaName(_ text: String) -> String? {
    if followsSDK { return MetaSDK.letters(text) }
    return nonEmpty(Self.withoutPunctuation(AdText.normalised(text)).trimmed)
  }

  /// Without punctuation of any script, and without the symbols of ASCII.
  private static func withoutPunctuation(_ text: String) -> String {
    var result = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      switch scalar.properties.generalCategory {
      case .connectorPunctuation, .dashPunctuation, .openPunctuation, .closePunctuation,
        .initialPunctuation, .finalPunctuation, .otherPunctuation:
        continue
      case .mathSymbol, .currencySymbol, .modifierSymbol, .otherSymbol:
        if scalar.isASCII { continue }
        result.append(scalar)
      default: result.append(scalar)
      }
    }
    return String(result)
  }

  private func nonEmpty(_ text: String) -> String? { text.isEmpty ? nil : text }
}
