// How each ad platform wants a field written before it is hashed. The rules are the documented ones,
// field by field; where a platform's own tools deviate from its documents, that is an option.

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
  /// Meta's own Python SDK, which keeps only the letters a to z of names, cities and states, and hashes
  /// mobile ad ids: for accounts whose audiences were built with it.
  case metaSDK = "meta-sdk"
}

/// The rules of one platform.
///
/// Each function gives the text to hash, or to send where the platform takes it plain, and nil for a
/// value that has nothing in it to match by.
/// Sources: developers.google.com/data-manager/api/devguides/concepts/formatting;
/// developers.facebook.com/docs/marketing-api/audiences/guides/custom-audiences.
public struct AdRules: Sendable {
  /// The platform.
  public var platform: AdPlatform
  /// Whose reading of the rules is followed.
  public var compatibility: AdCompatibility
  /// The country of people who do not say theirs; nil leaves it open.
  public var country: CountryCode?

  /// The rules of a platform.
  public init(
    _ platform: AdPlatform, compatibility: AdCompatibility = .documented,
    country: CountryCode? = nil
  ) {
    self.platform = platform
    self.compatibility = compatibility
    self.country = country
  }

  /// An e-mail address.
  ///
  /// Google: without any white space, and for gmail.com and googlemail.com, exactly, without dots and
  /// without what follows a plus sign. Meta: trimmed. Both in lower case.
  public func email(_ text: String) -> String? {
    let address = (platform == .google ? text.withoutSpaces : text.trimmed).lowercased()
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

  /// A phone number, in E.164; one without a calling code is of `home`, or else of `country`.
  ///
  /// Google takes it with the plus sign; Meta takes the digits alone.
  public func phone(_ text: String, home: CountryCode? = nil) -> String? {
    let bytes = Array(text.utf8)
    let number = PhoneNumber.e164(bytes.span.bytes, defaultCountry: home ?? country)
    guard let number else { return nil }
    let full = String(decoding: number, as: UTF8.self)
    return platform == .google ? full : String(full.dropFirst())
  }

  /// A first name.
  ///
  /// Google: single spaces, without an honorific before it (`Mrs.`). Meta: without punctuation; other
  /// letters than a to z stay.
  public func firstName(_ text: String) -> String? {
    platform == .google ? googleName(text, honorifics: Self.honorifics) : metaName(text)
  }

  /// A last name; Google: without a suffix (`Jr.`).
  public func lastName(_ text: String) -> String? {
    platform == .google ? googleName(text, suffixes: Self.suffixes) : metaName(text)
  }

  /// The first letter of a first name.
  public func firstInitial(_ text: String) -> String? {
    metaName(text)?.first.map { String($0) }
  }

  /// A city: the letters a to z alone.
  public func city(_ text: String) -> String? { Self.latin(text) }

  /// A state or region, of the country with the code `country`.
  ///
  /// In the US the postal abbreviation, also for a name written out; elsewhere without white space and
  /// punctuation.
  public func state(_ text: String, country: CountryCode?) -> String? {
    if country == Self.unitedStates, let short = USStates.abbreviation(of: text) { return short }
    if compatibility == .metaSDK { return Self.latin(text) }
    return nonEmpty(Self.withoutPunctuation(text.withoutSpaces.lowercased()))
  }

  /// A postal code.
  ///
  /// Google: trimmed, and sent plain. Meta: lower case without white space; in the US the first five
  /// characters, cut at a hyphen.
  public func postalCode(_ text: String, country: CountryCode?) -> String? {
    if platform == .google { return nonEmpty(text.trimmed) }
    var code = text.withoutSpaces.lowercased()
    if country == Self.unitedStates { code = String(code.prefix { $0 != "-" }.prefix(5)) }
    return nonEmpty(code)
  }

  /// A country as its two letters, ISO 3166-1 alpha-2; Meta in lower case.
  public func text(of country: CountryCode) -> String {
    platform == .google ? country.description : country.description.lowercased()
  }

  /// A gender as `m` or `f`; nil for anything else, which is not guessed.
  public func gender(_ text: String) -> String? {
    switch text.trimmed.lowercased() {
    case "f", "female", "woman": "f"
    case "m", "male", "man": "m"
    default: nil
    }
  }

  /// A day of birth, `1990-05-07` perhaps with a time behind it, as year, month and day with leading zeros.
  public func birthday(_ text: String) -> (year: String, month: String, day: String)? {
    let date = text.trimmed.prefix { $0 != "T" && $0 != " " }
    let parts = date.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count == 3, parts.allSatisfy({ $0.utf8.allSatisfy { 0x30...0x39 ~= $0 } }),
      parts[0].count == 4, (1...2).contains(parts[1].count), (1...2).contains(parts[2].count),
      let month = Int(parts[1]), (1...12).contains(month), let day = Int(parts[2]),
      (1...31).contains(day)
    else { return nil }
    func padded(_ part: Substring) -> String { part.count == 1 ? "0\(part)" : String(part) }
    return (String(parts[0]), padded(parts[1]), padded(parts[2]))
  }

  /// A mobile ad id, never hashed under the documented rules; Meta: in lower case.
  public func mobileAdID(_ text: String) -> String? {
    nonEmpty(platform == .google ? text.trimmed : text.trimmed.lowercased())
  }
}

extension AdRules {
  private static let unitedStates = CountryCode("US")
  private static let honorifics: Set<String> = [
    "mr", "mrs", "ms", "miss", "mx", "dr", "prof",
  ]
  private static let suffixes: Set<String> = ["jr", "sr", "ii", "iii", "iv"]

  private func googleName(
    _ text: String, honorifics: Set<String> = [], suffixes: Set<String> = []
  ) -> String? {
    var words = text.lowercased().split(whereSeparator: \.isWhitespace).map(String.init)
    func bare(_ word: String) -> String { word.filter { $0 != "." && $0 != "," } }
    while words.count > 1, honorifics.contains(bare(words[0])) { words.removeFirst() }
    while words.count > 1, suffixes.contains(bare(words[words.count - 1])) {
      words.removeLast()
      // `King, Jr.`: the comma belonged to the suffix.
      let last = words.removeLast()
      words.append(last.hasSuffix(",") ? String(last.dropLast()) : last)
    }
    return nonEmpty(words.joined(separator: " "))
  }

  private func metaName(_ text: String) -> String? {
    if compatibility == .metaSDK { return Self.latin(text) }
    return nonEmpty(Self.withoutPunctuation(text.lowercased()).trimmed)
  }

  private static func latin(_ text: String) -> String? {
    let letters = text.lowercased().utf8.filter { 0x61...0x7A ~= $0 }
    return letters.isEmpty ? nil : String(decoding: letters, as: UTF8.self)
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
