// The plan of telephone numbers: how a number of each country is written inside it and outside it.
// Data, apart from the code that reads numbers.

/// How the telephone numbers of one country are dialled.
public struct PhoneCountry: Sendable, Equatable {
  /// The country.
  public let country: CountryCode
  /// The country calling code, 49 for Germany.
  public let callingCode: UInt16
  /// The digits before a national number inside the country, `0` in Germany; empty if there are none.
  public let trunkPrefix: [UInt8]
  /// The digits that lead out of the country, `00` in Germany.
  public let exitPrefix: [UInt8]
  /// Whether a national number may begin with the digits of the trunk prefix, as in Italy, where the
  /// zero is part of the number.
  public var keepsLeadingZero: Bool { trunkPrefix.isEmpty }

  /// The plan of one country; nil if it has no calling code of its own.
  public static func of(_ country: CountryCode) -> PhoneCountry? {
    all.first { $0.country == country }
  }

  /// The first country with a calling code, by which international numbers are checked.
  static func of(callingCode: UInt16) -> PhoneCountry? {
    all.first { $0.callingCode == callingCode }
  }

  /// All countries and territories with a calling code; the main one of a shared code comes first.
  public static let all: [PhoneCountry] = read(plan)

  /// Reads lines of `calling code, trunk prefix, exit prefix, countries`; `-` stands for no prefix.
  private static func read(_ text: String) -> [PhoneCountry] {
    var result: [PhoneCountry] = []
    for line in text.split(separator: "\n") {
      let words = line.split(separator: " ")
      guard words.count >= 4, let code = UInt16(words[0]) else { continue }
      for name in words[3...] {
        guard let country = CountryCode(String(name)) else { continue }
        result.append(
          PhoneCountry(
            country: country, callingCode: code,
            trunkPrefix: words[1] == "-" ? [] : Array(words[1].utf8),
            exitPrefix: Array(words[2].utf8)))
      }
    }
    return result
  }

  /// Sources: ITU-T E.164 (list of assigned country codes) and E.123, operational bulletin annexes on
  /// dialling procedures (international, trunk and national prefixes).
  private static let plan = """
    1 1 011 US CA AG AI AS BB BM BS DM DO GD GU JM KN KY LC MP MS PR SX TC TT VC VG VI
    7 8 810 RU KZ
    20 0 00 EG
    27 0 00 ZA
    30 - 00 GR
    31 0 00 NL
    32 0 00 BE
    33 0 00 FR
    34 - 00 ES
    36 06 00 HU
    39 - 00 IT VA
    40 0 00 RO
    41 0 00 CH
    43 0 00 AT
    44 0 00 GB GG IM JE
    45 - 00 DK
    46 0 00 SE
    47 - 00 NO SJ
    48 - 00 PL
    49 0 00 DE
    51 0 00 PE
    52 - 00 MX
    53 0 119 CU
    54 0 00 AR
    55 0 00 BR
    56 - 00 CL
    57 0 00 CO
    58 0 00 VE
    60 0 00 MY
    61 0 0011 AU CC CX
    62 0 00 ID
    63 0 00 PH
    64 0 00 NZ
    65 - 00 SG
    66 0 001 TH
    81 0 010 JP
    82 0 00 KR
    84 0 00 VN
    86 0 00 CN
    90 0 00 TR
    91 0 00 IN
    92 0 00 PK
    93 0 00 AF
    94 0 00 LK
    95 0 00 MM
    98 0 00 IR
    211 0 00 SS
    212 0 00 MA EH
    213 0 00 DZ
    216 - 00 TN
    218 0 00 LY
    220 - 00 GM
    221 - 00 SN
    222 - 00 MR
    223 - 00 ML
    224 - 00 GN
    225 - 00 CI
    226 - 00 BF
    227 - 00 NE
    228 - 00 TG
    229 - 00 BJ
    230 - 00 MU
    231 0 00 LR
    232 0 00 SL
    233 0 00 GH
    234 0 009 NG
    235 - 00 TD
    236 - 00 CF
    237 - 00 CM
    238 - 00 CV
    239 - 00 ST
    240 - 00 GQ
    241 - 00 GA
    242 - 00 CG
    243 0 00 CD
    244 - 00 AO
    245 - 00 GW
    246 - 00 IO
    247 - 00 AC
    248 - 00 SC
    249 0 00 SD
    250 0 00 RW
    251 0 00 ET
    252 0 00 SO
    253 - 00 DJ
    254 0 000 KE
    255 0 000 TZ
    256 0 000 UG
    257 - 00 BI
    258 - 00 MZ
    260 0 00 ZM
    261 0 00 MG
    262 0 00 RE YT
    263 0 00 ZW
    264 0 00 NA
    265 0 00 MW
    266 - 00 LS
    267 - 00 BW
    268 - 00 SZ
    269 - 00 KM
    290 - 00 SH TA
    291 0 00 ER
    297 - 00 AW
    298 - 00 FO
    299 - 00 GL
    350 - 00 GI
    351 - 00 PT
    352 - 00 LU
    353 0 00 IE
    354 - 00 IS
    355 0 00 AL
    356 - 00 MT
    357 - 00 CY
    358 0 00 FI AX
    359 0 00 BG
    370 0 00 LT
    371 - 00 LV
    372 - 00 EE
    373 0 00 MD
    374 0 00 AM
    375 8 810 BY
    376 - 00 AD
    377 0 00 MC
    378 - 00 SM
    380 0 00 UA
    381 0 00 RS
    382 0 00 ME
    383 0 00 XK
    385 0 00 HR
    386 0 00 SI
    387 0 00 BA
    389 0 00 MK
    420 - 00 CZ
    421 0 00 SK
    423 0 00 LI
    500 - 00 FK
    501 - 00 BZ
    502 - 00 GT
    503 - 00 SV
    504 - 00 HN
    505 - 00 NI
    506 - 00 CR
    507 - 00 PA
    508 0 00 PM
    509 - 00 HT
    590 0 00 GP BL MF
    591 0 00 BO
    592 - 001 GY
    593 0 00 EC
    594 0 00 GF
    595 0 00 PY
    596 0 00 MQ
    597 - 00 SR
    598 0 00 UY
    599 - 00 CW BQ
    670 - 00 TL
    672 - 00 NF
    673 - 00 BN
    674 - 00 NR
    675 - 00 PG
    676 - 00 TO
    677 - 00 SB
    678 - 00 VU
    679 - 00 FJ
    680 - 011 PW
    681 - 00 WF
    682 - 00 CK
    683 - 00 NU
    685 - 0 WS
    686 0 00 KI
    687 - 00 NC
    688 - 00 TV
    689 - 00 PF
    690 - 00 TK
    691 - 011 FM
    692 1 011 MH
    850 0 00 KP
    852 - 001 HK
    853 - 00 MO
    855 0 001 KH
    856 0 00 LA
    880 0 00 BD
    886 0 002 TW
    960 - 00 MV
    961 0 00 LB
    962 0 00 JO
    963 0 00 SY
    964 0 00 IQ
    965 - 00 KW
    966 0 00 SA
    967 0 00 YE
    968 - 00 OM
    970 0 00 PS
    971 0 00 AE
    972 0 00 IL
    973 - 00 BH
    974 - 00 QA
    975 - 00 BT
    976 0 001 MN
    977 0 00 NP
    992 - 810 TJ
    993 8 810 TM
    994 0 00 AZ
    995 0 00 GE
    996 0 00 KG
    998 - 00 UZ
    """
}
