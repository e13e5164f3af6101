// The rows that an ad platform's upload takes: one person in one or more rows, always the same columns
// in the same order.

import Events

/// What is known of a person, as it was sent: normalised and hashed only on the way out, since each
/// platform wants it otherwise.
public struct AdPerson: Equatable, Sendable {
  /// E-mail addresses, or digests of them.
  public var emails: [String] = []
  /// Phone numbers, or digests of them.
  public var phones: [String] = []
  /// The sender's own ids.
  public var userIDs: [String] = []
  /// Mobile ad ids.
  public var mobileAdIDs: [String] = []
  /// The first name.
  public var firstName: String?
  /// The last name.
  public var lastName: String?
  /// The city.
  public var city: String?
  /// The state or region.
  public var state: String?
  /// The postal code.
  public var postalCode: String?
  /// The country, as it was sent.
  public var country: String?
  /// Whether their country was sent as something other than a text.
  public var hasUnreadableCountry = false
  /// The day of birth.
  public var birthday: String?
  /// The gender.
  public var gender: String?

  /// Nothing known.
  public init() {}
}

extension AdPerson {
  /// Their country as it was sent; nil if it is missing or blank.
  var saidCountry: String? { country.flatMap { $0.trimmed.isEmpty ? nil : $0 } }

  /// Whether their country is missing, so that a default may be used.
  var saysNothingOfCountry: Bool { saidCountry == nil && !hasUnreadableCountry }

  /// Their country: the one that was sent, or the default if it is missing.
  ///
  /// A country that is not recognised is not replaced: people of another country would be matched.
  public func country(or standard: CountryCode?) -> CountryCode? {
    saysNothingOfCountry ? standard : saidCountry.flatMap(CountryCode.reading)
  }

  /// Omits telephone numbers that were sent without a calling code and completed with that of a
  /// country other than the person's: they belong to someone else.
  ///
  /// - Parameters:
  ///   - assumed: The country that numbers without a calling code were taken to be of.
  ///   - sent: The numbers that were sent with one.
  public mutating func leaveOutPhones(assumedOf assumed: CountryCode, but sent: Set<String>) {
    guard country(or: assumed) != assumed else { return }
    phones.removeAll { !sent.contains($0) }
  }
}

/// What one person can be matched by.
public struct AdMatchKeys: Equatable, Sendable {
  /// Whether an e-mail address went out.
  public var email = false
  /// Whether a phone number went out.
  public var phone = false
  /// Whether a name and an address went out.
  public var address = false
  /// Whether something else went out: a user id, a mobile ad id.
  public var other = false

  /// No keys.
  public init() {}
  /// Whether there is nothing to match by.
  public var isEmpty: Bool { !email && !phone && !address && !other }
}

/// Makes the rows of one platform.
public struct AdRows: Sendable {
  /// The columns, in their order.
  public let columns: [String]
  private let rules: AdRules

  /// Rows under the given rules.
  public init(_ rules: AdRules) {
    self.rules = rules
    columns =
      switch rules.platform {
      case .google: ["Email", "Phone", "First Name", "Last Name", "Country", "Zip"]
      case .meta:
        [
          "EXTERN_ID", "EMAIL", "PHONE", "GEN", "DOBY", "DOBM", "DOBD", "LN", "FN", "FI", "CT",
          "ST", "ZIP", "COUNTRY", "MADID",
        ]
      }
  }

  /// The rows of a person: empty cells for what is not known, no row if there is nothing to match by.
  ///
  /// Every e-mail address and every phone number is in at least one row. The shorter of the lists
  /// is padded with its first value, so that each row is as complete as possible; the number of
  /// rows is that of the longest list.
  public func rows(of person: AdPerson) -> (rows: [[String]], keys: AdMatchKeys) {
    let home = person.country(or: rules.country)
    let emails = unique(person.emails) { digest($0, rules.email) }
    let phones = unique(person.phones) { digest($0) { rules.phone($0, home: home) } }
    var keys = AdMatchKeys()
    keys.email = !emails.isEmpty
    keys.phone = !phones.isEmpty
    let rows: [[String]]
    switch rules.platform {
    case .google:
      let address = googleAddress(person, home)
      keys.address = address != nil
      rows = (0..<max(1, emails.count, phones.count)).map { index in
        [value(emails, index), value(phones, index)] + (address ?? ["", "", "", ""])
      }
    case .meta:
      let users = unique(person.userIDs, rules.userID)
      let devices = unique(person.mobileAdIDs, rules.mobileAdID)
      let facts = metaFacts(person, home)
      keys.other = !users.isEmpty || !devices.isEmpty
      // What a platform can match by without the rest: both names and a place.
      keys.address = !facts[4].isEmpty && !facts[5].isEmpty && !(facts[7] + facts[9]).isEmpty
      let count = max(1, emails.count, phones.count, devices.count, users.count)
      rows = (0..<count).map { index in
        [value(users, index), value(emails, index), value(phones, index)] + facts
          + [value(devices, index)]
      }
    }
    return keys.isEmpty ? ([], keys) : (rows, keys)
  }

  private func value(_ list: [String], _ index: Int) -> String {
    index < list.count ? list[index] : list.first ?? ""
  }

  private func unique(_ texts: [String], _ convert: (String) -> String?) -> [String] {
    var result: [String] = []
    for text in texts {
      if let converted = convert(text), !result.contains(converted) { result.append(converted) }
    }
    return result
  }

  private func digest(_ text: String?, _ normalise: (String) -> String?) -> String? {
    guard let text else { return nil }
    if let digest = HashedText.existing(text) { return digest }
    return normalise(text).flatMap(HashedText.of)
  }

  /// First name, last name, country and postal code: all four or none.
  private func googleAddress(_ person: AdPerson, _ home: CountryCode?) -> [String]? {
    guard let first = digest(person.firstName, rules.firstName),
      let last = digest(person.lastName, rules.lastName),
      let home, let code = person.postalCode.flatMap({ rules.postalCode($0, country: home) })
    else { return nil }
    return [first, last, rules.text(of: home), code]
  }

  /// The columns from `GEN` to `COUNTRY`.
  private func metaFacts(_ person: AdPerson, _ country: CountryCode?) -> [String] {
    let birthday = person.birthday.flatMap(rules.birthday)
    let cells: [String?] = [
      digest(person.gender, rules.gender), birthday?.year.flatMap(HashedText.of),
      birthday.flatMap { HashedText.of($0.month) }, birthday.flatMap { HashedText.of($0.day) },
      digest(person.lastName, rules.lastName), digest(person.firstName, rules.firstName),
      person.firstName.flatMap {
        HashedText.existing($0) == nil ? digest($0, rules.firstInitial) : nil
      },
      digest(person.city, rules.city),
      digest(person.state) { rules.state($0, country: country) },
      digest(person.postalCode) { rules.postalCode($0, country: country) },
      person.saidCountry.flatMap(HashedText.existing)
        ?? rules.metaCountry(said: person.saidCountry, home: country).flatMap(HashedText.of),
    ]
    return cells.map { $0 ?? "" }
  }
}
