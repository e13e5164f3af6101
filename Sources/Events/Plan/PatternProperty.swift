// The names in `\p{…}`.

/// What a property of Unicode is to RE2.
enum PatternProperty {
  /// General categories or scripts by RE2's names.
  case category([String])
  /// A range, and what is not in it, both as RE2 writes them inside of brackets.
  case everything(String, others: String)
  /// A property of ECMA 262 that RE2 does not have.
  case unsupported
  /// Not a property of ECMA 262.
  case unknown

  /// The general categories by their long names.
  ///
  /// Source: PropertyValueAliases.txt of the Unicode Character Database.
  private static let categories = [
    "Letter": "L", "Cased_Letter": "LC", "Uppercase_Letter": "Lu", "Lowercase_Letter": "Ll",
    "Titlecase_Letter": "Lt", "Modifier_Letter": "Lm", "Other_Letter": "Lo", "Mark": "M",
    "Combining_Mark": "M", "Nonspacing_Mark": "Mn", "Spacing_Mark": "Mc", "Enclosing_Mark": "Me",
    "Number": "N", "Decimal_Number": "Nd", "digit": "Nd", "Letter_Number": "Nl",
    "Other_Number": "No", "Punctuation": "P", "punct": "P", "Connector_Punctuation": "Pc",
    "Dash_Punctuation": "Pd", "Open_Punctuation": "Ps", "Close_Punctuation": "Pe",
    "Initial_Punctuation": "Pi", "Final_Punctuation": "Pf", "Other_Punctuation": "Po",
    "Symbol": "S", "Math_Symbol": "Sm", "Currency_Symbol": "Sc", "Modifier_Symbol": "Sk",
    "Other_Symbol": "So", "Separator": "Z", "Space_Separator": "Zs", "Line_Separator": "Zl",
    "Paragraph_Separator": "Zp", "Other": "C", "Control": "Cc", "cntrl": "Cc", "Format": "Cf",
    "Surrogate": "Cs", "Private_Use": "Co", "Unassigned": "Cn",
  ]

  /// Categories for which RE2 has no table: those that hold what is not assigned.
  private static let missing: Set = ["C", "Cn", "Cs"]

  /// The binary properties of ECMA 262, by their long names and their short ones.
  private static let binary: Set = [
    "ASCII_Hex_Digit", "AHex", "Alphabetic", "Alpha", "Assigned", "Bidi_Control", "Bidi_C",
    "Bidi_Mirrored", "Bidi_M", "Case_Ignorable", "CI", "Cased", "Changes_When_Casefolded", "CWCF",
    "Changes_When_Casemapped", "CWCM", "Changes_When_Lowercased", "CWL",
    "Changes_When_NFKC_Casefolded", "CWKCF", "Changes_When_Titlecased", "CWT",
    "Changes_When_Uppercased", "CWU", "Dash", "Default_Ignorable_Code_Point", "DI", "Deprecated",
    "Dep", "Diacritic", "Dia", "Emoji", "Emoji_Component", "EComp", "Emoji_Modifier", "EMod",
    "Emoji_Modifier_Base", "EBase", "Emoji_Presentation", "EPres", "Extended_Pictographic",
    "ExtPict", "Extender", "Ext", "Grapheme_Base", "Gr_Base", "Grapheme_Extend", "Gr_Ext",
    "Hex_Digit", "Hex", "IDS_Binary_Operator", "IDSB", "IDS_Trinary_Operator", "IDST",
    "ID_Continue", "IDC", "ID_Start", "IDS", "Ideographic", "Ideo", "Join_Control", "Join_C",
    "Logical_Order_Exception", "LOE", "Lowercase", "Lower", "Math", "Noncharacter_Code_Point",
    "NChar", "Pattern_Syntax", "Pat_Syn", "Pattern_White_Space", "Pat_WS", "Quotation_Mark",
    "QMark", "Radical", "Regional_Indicator", "RI", "Sentence_Terminal", "STerm", "Soft_Dotted",
    "SD", "Terminal_Punctuation", "Term", "Unified_Ideograph", "UIdeo", "Uppercase", "Upper",
    "Variation_Selector", "VS", "White_Space", "space", "XID_Continue", "XIDC", "XID_Start", "XIDS",
  ]

  /// Reads what stands in the braces.
  init(_ text: String) {
    let parts = text.split(separator: "=", omittingEmptySubsequences: false).map(String.init)
    switch (parts.first ?? "", parts.count) {
    case ("Script", 2), ("sc", 2):
      self = Self.isName(parts[1]) ? .category([parts[1]]) : .unknown
    case ("Script_Extensions", 2), ("scx", 2):
      self = Self.isName(parts[1]) ? .unsupported : .unknown
    case ("General_Category", 2), ("gc", 2):
      self = Self.category(parts[1]) ?? .unknown
    case ("Any", 1):
      self = .everything(#"\x{0}-\x{10ffff}"#, others: "")
    case ("ASCII", 1):
      self = .everything(#"\x{0}-\x{7f}"#, others: #"\x{80}-\x{10ffff}"#)
    case (let name, 1):
      self = Self.category(name) ?? (Self.binary.contains(name) ? .unsupported : .unknown)
    default:
      self = .unknown
    }
  }

  private static func category(_ name: String) -> PatternProperty? {
    let short = categories[name] ?? name
    guard categories.values.contains(short) else { return nil }
    if short == "LC" { return .category(["Lu", "Ll", "Lt"]) }
    return missing.contains(short) ? .unsupported : .category([short])
  }

  private static func isName(_ text: String) -> Bool {
    !text.isEmpty
      && text.unicodeScalars.allSatisfy { $0.isASCII && ($0.properties.isAlphabetic || $0 == "_") }
  }
}
