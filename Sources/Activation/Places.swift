// Names of places that ad platforms know by their codes.

import Events

extension CountryCode {
  /// Reads the two letters, or one of the names and codes that are often written instead; nil for
  /// other texts.
  static func reading(_ text: String) -> CountryCode? {
    let trimmed = text.trimmed.uppercased()
    return CountryCode(aliases[trimmed] ?? trimmed)
  }

  private static let aliases = [
    "UK": "GB", "USA": "US", "UNITED STATES": "US", "UNITED STATES OF AMERICA": "US",
    "UNITED KINGDOM": "GB", "GREAT BRITAIN": "GB", "GERMANY": "DE", "DEUTSCHLAND": "DE",
    "FRANCE": "FR", "SPAIN": "ES", "ITALY": "IT", "NETHERLANDS": "NL", "AUSTRIA": "AT",
    "SWITZERLAND": "CH", "BELGIUM": "BE", "POLAND": "PL", "SWEDEN": "SE", "CANADA": "CA",
    "AUSTRALIA": "AU", "IRELAND": "IE", "PORTUGAL": "PT", "BRAZIL": "BR", "MEXICO": "MX",
    "INDIA": "IN", "JAPAN": "JP", "GBR": "GB", "DEU": "DE", "FRA": "FR", "ESP": "ES",
    "ITA": "IT", "NLD": "NL", "AUT": "AT", "CHE": "CH", "CAN": "CA", "AUS": "AU",
  ]
}

/// The postal abbreviations of the states of the US.
enum USStates {
  /// The two letters, in lower case, of a state that is written as either; nil for other texts.
  static func abbreviation(of text: String) -> String? {
    let letters = text.lowercased().filter { $0.isASCII && $0.isLetter }
    if names.values.contains(letters) { return letters }
    return names[letters]
  }

  private static let names = [
    "alabama": "al", "alaska": "ak", "arizona": "az", "arkansas": "ar", "california": "ca",
    "colorado": "co", "connecticut": "ct", "delaware": "de", "districtofcolumbia": "dc",
    "florida": "fl", "georgia": "ga", "hawaii": "hi", "idaho": "id", "illinois": "il",
    "indiana": "in", "iowa": "ia", "kansas": "ks", "kentucky": "ky", "louisiana": "la",
    "maine": "me", "maryland": "md", "massachusetts": "ma", "michigan": "mi", "minnesota": "mn",
    "mississippi": "ms", "missouri": "mo", "montana": "mt", "nebraska": "ne", "nevada": "nv",
    "newhampshire": "nh", "newjersey": "nj", "newmexico": "nm", "newyork": "ny",
    "northcarolina": "nc", "northdakota": "nd", "ohio": "oh", "oklahoma": "ok", "oregon": "or",
    "pennsylvania": "pa", "puertorico": "pr", "rhodeisland": "ri", "southcarolina": "sc",
    "southdakota": "sd", "tennessee": "tn", "texas": "tx", "utah": "ut", "vermont": "vt",
    "virginia": "va", "washington": "wa", "westvirginia": "wv", "wisconsin": "wi",
    "wyoming": "wy",
  ]
}
