// References between schemas, resolved as the document on URIs says.

/// A reference to a URI, in its five parts.
struct URIReference: Equatable {
  private var scheme: Substring?
  private var authority: Substring?
  private var path: Substring
  private var query: Substring?
  /// What follows `#`, as it is written.
  private(set) var fragment: Substring?

  /// Divides a text.
  ///
  /// Source: RFC 3986, appendix B.
  init(_ text: String) {
    var rest = Substring(text)
    if let hash = rest.firstIndex(of: "#") {
      fragment = rest[rest.index(after: hash)...]
      rest = rest[..<hash]
    }
    if let mark = rest.firstIndex(of: "?") {
      query = rest[rest.index(after: mark)...]
      rest = rest[..<mark]
    }
    if let colon = rest.firstIndex(where: { ":/".contains($0) }), rest[colon] == ":",
      rest.startIndex < colon
    {
      scheme = rest[..<colon]
      rest = rest[rest.index(after: colon)...]
    }
    if rest.hasPrefix("//") {
      let start = rest.index(rest.startIndex, offsetBy: 2)
      let end = rest[start...].firstIndex(of: "/") ?? rest.endIndex
      authority = rest[start..<end]
      rest = rest[end...]
    }
    path = rest
  }

  /// Whether it names something other than a place in the same document.
  var hasDocument: Bool {
    scheme != nil || authority != nil || !path.isEmpty || query != nil
  }

  /// The reference without its fragment.
  var document: String {
    (scheme.map { "\($0):" } ?? "") + (authority.map { "//\($0)" } ?? "") + path
      + (query.map { "?\($0)" } ?? "")
  }

  /// The document that it refers to from a base.
  ///
  /// Source: RFC 3986, 5.2.2.
  func document(from base: String) -> String {
    if scheme != nil {
      var result = self
      if authority != nil || path.hasPrefix("/") { result.path = Self.withoutDots(path) }
      return result.document
    }
    var result = URIReference(base)
    if authority != nil {
      (result.authority, result.path, result.query) = (authority, Self.withoutDots(path), query)
    } else if !path.isEmpty {
      if path.hasPrefix("/") {
        result.path = Self.withoutDots(path)
      } else if result.authority != nil, result.path.isEmpty {
        result.path = Self.withoutDots("/" + path)
      } else {
        let end = result.path.lastIndex(of: "/").map { result.path.index(after: $0) }
        result.path = Self.withoutDots(
          result.path[..<(end ?? result.path.startIndex)] + path)
      }
      result.query = query
    } else if query != nil {
      result.query = query
    }
    return result.document
  }

  /// A path without the parts `.` and `..`.
  ///
  /// Source: RFC 3986, 5.2.4.
  private static func withoutDots(_ path: Substring) -> Substring {
    var result: [Substring] = []
    let parts = path.split(separator: "/", omittingEmptySubsequences: false)
    for (index, part) in parts.enumerated() {
      let isLast = index == parts.count - 1
      if part == ".." {
        if result.count > 1 || result.first.map({ !$0.isEmpty }) ?? false { result.removeLast() }
        if isLast { result.append("") }
      } else if part == "." {
        if isLast { result.append("") }
      } else {
        result.append(part)
      }
    }
    return Substring(result.joined(separator: "/"))
  }

  /// A fragment with `%HH` decoded; nil if that is not UTF-8.
  static func decoded(_ fragment: Substring) -> String? {
    var bytes: [UInt8] = []
    var rest = Array(fragment.utf8)[...]
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "%"), rest.count >= 2,
        let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
      else {
        bytes.append(byte)
        continue
      }
      bytes.append(value)
      rest = rest.dropFirst(2)
    }
    return String(validating: bytes, as: UTF8.self)
  }
}
