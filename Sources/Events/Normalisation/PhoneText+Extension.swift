// Where the extension of a telephone number begins, the digits that are dialled once the call is answered.
//
// Source: libphonenumber's PhoneNumberUtil, `createExtnPattern` for parsing. Its expression is searched
// from the front; here each of its alternatives is followed back from the end of the text.

extension PhoneText {
  /// Where an extension that ends the text can begin, one place for each way to mark it.
  static func extensionStarts(in text: ArraySlice<Unicode.Scalar>) -> [Int] {
    let hasHash = text.last == "#"
    let body = hasHash ? text.dropLast() : text
    let before = body.dropLast(body.reversed().prefix { digit($0) != nil }.count)
    let count = body.count - before.count
    guard count > 0, count <= 20 else { return [] }
    var starts: [Int] = []
    if !hasHash, let length = longest(parameters, endingAt: before) {
      starts.append(before.endIndex - length)
    }
    // After the mark: a colon or full stop, then blanks, commas and hyphens.
    let isFiller = { (scalar: Unicode.Scalar) in isGap(scalar) || scalar == "," || scalar == "-" }
    let bare = before.dropLast(before.reversed().prefix(while: isFiller).count)
    let isStop = bare.last.map { $0 == ":" || $0 == "." || $0 == "\u{FF0E}" } ?? false
    let marked = isStop ? bare.dropLast() : bare
    let isSeparator = { (scalar: Unicode.Scalar) in isGap(scalar) || scalar == "," }
    if let length = longest(explicitMarks, endingAt: marked) {
      starts.append(marked.dropLast(length).end(without: isSeparator))
    }
    if count <= 9, let length = longest(ambiguousMarks, endingAt: marked) {
      starts.append(marked.dropLast(length).end(without: isSeparator))
    }
    let hyphens = before.reversed().prefix { $0 == " " || $0 == "-" }.count
    if hasHash, count <= 6, hyphens > 0 { starts.append(before.endIndex - hyphens) }
    if count <= 15, let start = dialled(before, bare, marked) { starts.append(start) }
    if count <= 9, let start = firstComma(before, bare, marked) { starts.append(start) }
    return starts
  }

  /// Before `;` or two commas, with which telephones dial on by themselves.
  private static func dialled(
    _ before: ArraySlice<Unicode.Scalar>, _ bare: ArraySlice<Unicode.Scalar>,
    _ marked: ArraySlice<Unicode.Scalar>
  ) -> Int? {
    if marked.last == ";" { return marked.dropLast().end(without: isGap) }
    if marked.count < bare.count, marked.hasSuffix(",,") {
      return marked.dropLast(2).end(without: isGap)
    }
    let pair = before.indices.first { index in
      index >= bare.endIndex && before[index...].starts(with: [",", ","])
    }
    return pair.map { before[..<$0].end(without: isGap) }
  }

  /// Before the first of the commas in front of the digits.
  private static func firstComma(
    _ before: ArraySlice<Unicode.Scalar>, _ bare: ArraySlice<Unicode.Scalar>,
    _ marked: ArraySlice<Unicode.Scalar>
  ) -> Int? {
    if marked.count < bare.count, marked.last == "," {
      let commas = marked.reversed().prefix { $0 == "," }.count
      return marked.dropLast(commas).end(without: isGap)
    }
    let comma = before.indices.first { $0 >= bare.endIndex && before[$0] == "," }
    return comma.map { before[..<$0].end(without: isGap) }
  }

  private static func isGap(_ scalar: Unicode.Scalar) -> Bool { scalar == " " }

  private static func longest(
    _ marks: [[Unicode.Scalar]], endingAt text: ArraySlice<Unicode.Scalar>
  ) -> Int? {
    marks.filter { mark in
      text.count >= mark.count
        && zip(text.suffix(mark.count), mark).allSatisfy { scalar, wanted in
          lower(scalar) == wanted
        }
    }.map(\.count).max()
  }

  private static func lower(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
    let mapped = scalar.properties.lowercaseMapping.unicodeScalars
    return mapped.count == 1 ? mapped[mapped.startIndex] : scalar
  }

  /// The parameter of a `tel:` link.
  private static let parameters = [Array(";ext=".unicodeScalars)]

  /// Words that say so.
  private static let explicitMarks: [[Unicode.Scalar]] = {
    var words: [String] = []
    for start in ["ext", "xt"] {
      for middle in ["", "ensio", "ensio\u{301}", "ensi\u{F3}"] {
        words += [start + middle, start + middle + "n"]
      }
    }
    for start in ["\u{FF45}", ""] {
      words += [start + "\u{FF58}\u{FF54}", start + "\u{FF58}\u{FF54}\u{FF4E}"]
    }
    words += ["\u{434}\u{43E}\u{431}", "anexo"]
    return words.map { Array($0.unicodeScalars) }
  }()

  /// What may mean something else.
  private static let ambiguousMarks: [[Unicode.Scalar]] = [
    "x", "\u{FF58}", "#", "\u{FF03}", "~", "\u{FF5E}", "int", "\u{FF49}\u{FF4E}\u{FF54}",
  ].map { Array(($0 as String).unicodeScalars) }
}

extension ArraySlice<Unicode.Scalar> {
  fileprivate func hasSuffix(_ text: String) -> Bool {
    let wanted = Array(text.unicodeScalars)
    return count >= wanted.count && suffix(wanted.count).elementsEqual(wanted)
  }

  /// Where the text ends without the last characters for which `isLeftOut` holds.
  fileprivate func end(without isLeftOut: (Unicode.Scalar) -> Bool) -> Int {
    endIndex - reversed().prefix(while: isLeftOut).count
  }
}
