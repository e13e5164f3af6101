// The words of synthetic events: enough of them, and of the length of real ones, that a compressor
// finds neither more nor less to do than in real traffic.

/// Texts that events are made of.
enum Vocabulary {
  static let agents = bytes([
    "Chrome/124.0 (Windows)", "Safari/605.1.15 (Macintosh)", "Mobile/15E148 (iOS 17_4)",
    "Chrome/123.0 (Android 14)", "Firefox/125.0 (X11; Ubuntu)", "Edge/124.0 (Windows)",
    "Version/16.6 (iPad; iOS 16_7)", "Chrome/122.0 (Android 13)",
  ])
  static let locales = bytes(["en-US", "en-GB", "de-DE", "fr-FR", "es-ES", "nl-NL", "it-IT"])
  static let countries = bytes(["US", "GB", "DE", "FR", "ES", "NL", "IT"])
  static let campaigns = bytes([
    #""source":"google","medium":"cpc""#, #""source":"newsletter","medium":"email""#,
    #""source":"direct","medium":"none""#, #""source":"google","medium":"organic""#,
    #""source":"instagram","medium":"social""#, #""source":"partner","medium":"referral""#,
  ])
  static let screens = bytes([
    #""w":1920,"h":1080"#, #""w":390,"h":844"#, #""w":1440,"h":900"#,
    #""w":412,"h":915"#, #""w":820,"h":1180"#, #""w":2560,"h":1440"#,
  ])
  static let referrers = bytes([
    "google.com", "duckduckgo.com", "instagram.com", "", "example.org",
  ])
  static let paths = bytes([
    "/", "/search", "/cart", "/account", "/account/orders", "/help/returns", "/help/shipping",
    "/category/audio", "/category/garden", "/category/kitchen", "/category/toys", "/sale",
    "/clinic/dermatology", "/clinic/dermatology/acne", "/clinic/cardiology", "/blog/gift-ideas",
  ])
  static let sections = bytes(["home", "shop", "account", "help", "clinic", "blog"])
  static let categories = bytes([
    "audio", "books", "garden", "kitchen", "sport", "toys", "lighting", "office",
  ])
  static let brands = bytes([
    "Nordlys", "Acorn & Ash", "Pemberton", "Kite", "Yamagata", "Blue Harbor", "Ostrich",
  ])
  static let queries = bytes([
    "headphones", "garden chair", "usb c cable", "running shoes", "desk lamp", "tent 2 person",
    "coffee grinder", "kids puzzle", "board game", "water bottle",
  ])
  static let givenNames = bytes([
    "Ada", "Ben", "Chloé", "David", "Emma", "Farid", "Grace", "Hugo", "Inès", "Jonas", "Karin",
    "Liam", "Mia", "Noah", "Olga", "Pavel", "Quinn", "Rosa", "Sven", "Tara", "Uma", "Valéry",
  ])
  static let familyNames = bytes([
    "Müller", "Smith", "Garcia", "Rossi", "Dubois", "Jansen", "O'Neill", "Novak", "Silva",
    "Andersson", "Kowalski", "Nguyen", "Haddad", "Okafor", "Yılmaz", "Tanaka", "Weber", "Brown",
  ])
  static let cities = bytes([
    "New York", "London", "Berlin", "Lyon", "Sevilla", "Utrecht", "Milano", "San Francisco",
  ])
  static let mailHosts = bytes([
    "gmail.com", "example.com", "example.org", "mail.example", "web.example",
  ])
  static let plans = bytes(["free", "starter", "business", "enterprise"])
  static let industries = bytes(["retail", "software", "health", "logistics", "education"])
  static let topics = bytes(["delivery", "billing", "returns", "login", "product"])

  private static func bytes(_ texts: [String]) -> [[UInt8]] { texts.map { Array($0.utf8) } }
}
