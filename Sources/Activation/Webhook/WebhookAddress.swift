// Which addresses a webhook may have: encrypted ones, and those of this machine.

/// Checks of addresses.
public enum WebhookAddress {
  /// What keeps a text from being the address of a webhook; nil if nothing does.
  public static func problem(of text: String) -> String? {
    guard text.utf8.allSatisfy({ 0x21...0x7E ~= $0 && $0 != 0x5C }) else {
      return "it holds white space, or characters that addresses write in another way"
    }
    let lower = text.lowercased()
    let isPlain = lower.hasPrefix("http://")
    guard isPlain || lower.hasPrefix("https://") else { return "it does not begin with https://" }
    let rest = text.dropFirst(isPlain ? 7 : 8)
    let authority = rest.prefix { !"/?#".contains($0) }
    guard !authority.contains("@") else {
      return
        "it holds a user's name, and would be shown with it; receivers know Cairn by its signature"
    }
    guard let host = host(of: authority) else { return "it has no host, or an unreadable port" }
    guard !rest.contains("#") else { return "it has a fragment, which is never sent" }
    let isLoopback = host == "localhost" || host == "[::1]" || isLoopbackAddress(host)
    guard !isPlain || isLoopback else {
      return
        "messages hold personal data, so it has to begin with https:// unless it is on this machine"
    }
    return nil
  }

  private static func host(of authority: Substring) -> String? {
    if authority.hasPrefix("[") {
      guard let end = authority.firstIndex(of: "]") else { return nil }
      let rest = authority[authority.index(after: end)...]
      guard rest.isEmpty || isPort(rest) else { return nil }
      return String(authority[...end]).lowercased()
    }
    let name = authority.prefix { $0 != ":" }
    let rest = authority[name.endIndex...]
    guard !name.isEmpty, rest.isEmpty || isPort(rest) else { return nil }
    return name.lowercased()
  }

  private static func isPort(_ text: Substring) -> Bool {
    guard text.first == ":", let port = UInt16(text.dropFirst()) else { return false }
    return port > 0
  }

  private static func isLoopbackAddress(_ host: String) -> Bool {
    let parts = host.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
  }
}
