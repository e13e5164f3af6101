// The states of the US, which ad platforms know by their postal abbreviations.

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
    // Territories, and the armed forces' parts of the world.
    "americansamoa": "as", "guam": "gu", "northernmarianaislands": "mp", "usvirginislands": "vi",
    "virginislands": "vi", "armedforcesamericas": "aa", "armedforceseurope": "ae",
    "armedforcespacific": "ap",
  ]
}
