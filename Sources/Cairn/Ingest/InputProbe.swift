// What an input is, by its first bytes: what cannot be read is refused before its first line, by name, rather
// than quarantined piece by piece.

import Bytes
import Events

/// Looks at the beginning of an input.
struct InputProbe {
  private let head: [UInt8]
  /// Where the text begins, after byte order marks and blanks.
  private let first: Int

  /// - Parameter head: The first bytes of the input, decompressed.
  init(_ head: [UInt8]) {
    self.head = head
    var first = 0
    while first < head.count {
      if head[first...].starts(with: ByteOrderMark.bytes) {
        first += ByteOrderMark.bytes.count
      } else if [0x20, 0x09, 0x0A, 0x0D].contains(head[first]) {
        first += 1
      } else {
        break
      }
    }
    self.first = first
  }

  /// Why the input cannot be read as JSON; nil if it may be.
  func refusalAsJSON() -> InputFormatError? {
    if let known { return known }
    guard first < head.count, !beginsJSON(head[first...]) else { return nil }
    if isMarkup || head[first] == UInt8(ascii: "<") { return Self.markup }
    if isBinary { return Self.binary }
    let lines = head.split(separator: 0x0A)
    // Lines that are not JSON are quarantined one by one, as long as there are others.
    if lines.contains(where: { beginsJSON($0.drop { $0 == 0x20 || $0 == 0x09 }) }) { return nil }
    if let line = lines.first, String(decoding: line, as: UTF8.self).contains("{\"") {
      return InputFormatError(
        message: "is text that is not JSON, with JSON after something else in line 1",
        remedy: "remove the text before the JSON, for instance the time of a log")
    }
    if let separator = separator(of: lines) {
      return InputFormatError(
        message: "is a table with cells separated by \(separator), and nothing says what its "
          + "columns mean",
        remedy: "give the option --mapping with a file that does; see docs/ingest.md, Tables")
    }
    return InputFormatError(
      message: "is text that is neither JSON nor a table",
      remedy:
        "events are JSON objects, one per line or in a batch; a table of one column is read with the "
        + "option --mapping; see docs/ingest.md")
  }

  /// Why the input cannot be read as a table; nil if it may be.
  func refusalAsTable() -> InputFormatError? {
    if let known { return known }
    guard first < head.count else { return nil }
    if isMarkup { return Self.markup }
    if isBinaryTable { return Self.binary }
    let text = head[first...].filter { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }
    if text.starts(with: "{\"".utf8) || text.starts(with: "[{\"".utf8) {
      return InputFormatError(
        message: "is JSON, not a table", remedy: "omit the option --mapping")
    }
    return nil
  }

  private func beginsJSON(_ text: ArraySlice<UInt8>) -> Bool {
    text.first == UInt8(ascii: "{") || text.first == UInt8(ascii: "[")
  }

  private static let markup = InputFormatError(
    message: "is HTML or XML, perhaps an error page",
    remedy: "get the data as JSON, or as a table with the option --mapping")
  private static let binary = InputFormatError(
    message: "is binary data of an unknown kind, neither JSON nor a table",
    remedy: "convert it to lines of JSON or to CSV")

  private var isMarkup: Bool {
    let start = head[first...].prefix(9).map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }
    return ["<!doctype", "<html", "<?xml"].contains { start.starts(with: $0.utf8) }
  }

  private var isBinary: Bool {
    // The last byte may be the one that ends a text under DOS.
    let text = head.last == 0x1A ? head.dropLast() : head[...]
    return text.prefix(Self.judgedBytes).contains {
      $0 < 0x09 || (0x0E..<0x20).contains($0) && $0 != 0x1B
    }
  }

  /// A cell may hold a control character that came along from elsewhere; binary data has many, or zeros.
  private var isBinaryTable: Bool {
    let judged = head.prefix(Self.judgedBytes)
    let count = judged.count { $0 < 0x09 || (0x0E..<0x20).contains($0) && $0 != 0x1B }
    return judged.contains(0) || 16 * count > judged.count
  }

  private static let judgedBytes = 512

  /// What separates the cells of a table, by name: what all of its first lines have equally often.
  private func separator(of lines: [ArraySlice<UInt8>]) -> String? {
    let judged = lines.count > 1 ? lines.dropLast().prefix(5) : lines[...]
    for (byte, name) in [
      (UInt8(ascii: ","), "commas"), (UInt8(ascii: ";"), "semicolons"), (0x09, "tabs"),
      (UInt8(ascii: "|"), "bars"),
    ] {
      let counts = judged.map { line in line.count { $0 == byte } }
      if let first = counts.first, first > 0, counts.allSatisfy({ $0 >= first }) { return name }
    }
    return nil
  }
}

// Encodings and formats that are known by their first bytes.
extension InputProbe {
  private var known: InputFormatError? { bson ?? encoding ?? signature ?? encodingByZeros }

  /// Documents of MongoDB: a length of 32 bits, a type, and a name that ends with a zero.
  private var bson: InputFormatError? {
    guard head.count > 6 else { return nil }
    let length = (0..<4).reduce(0) { $0 | Int(head[$1]) << (8 * $1) }
    // Text in UTF-32 has zeros where the name would begin.
    guard length >= 5, (0x01...0x13).contains(head[4]), head[5] > 0x20,
      let end = head[5...].firstIndex(of: 0), head[5..<end].allSatisfy({ $0 > 0x1F })
    else { return nil }
    return InputFormatError(
      message: "is a dump of MongoDB (BSON)",
      remedy: "export it with `mongoexport`, or convert it with `bsondump`")
  }

  /// Text that is not UTF-8, by its first characters.
  private var encoding: InputFormatError? {
    let four = (0..<4).map { $0 < head.count ? head[$0] : 0xFF }
    let zeros = four.map { $0 == 0 }
    switch (four[0], four[1], four[2], four[3]) {
    case (0xFF, 0xFE, 0, 0): return Self.text("UTF-32LE")
    case (0, 0, 0xFE, 0xFF): return Self.text("UTF-32BE")
    case (0xFF, 0xFE, _, _): return Self.text("UTF-16LE")
    case (0xFE, 0xFF, _, _): return Self.text("UTF-16BE")
    default: break
    }
    // Without a mark by the zeros that ASCII has in them, as RFC 4627 does.
    switch (zeros[0], zeros[1], zeros[2], zeros[3]) {
    case (false, true, true, true): return Self.text("UTF-32LE")
    case (true, true, true, false): return Self.text("UTF-32BE")
    case (false, true, false, true): return Self.text("UTF-16LE")
    case (true, false, true, false): return Self.text("UTF-16BE")
    default: return nil
    }
  }

  /// Text in UTF-16 whose first characters are not ASCII, but whose blanks and separators are.
  private var encodingByZeros: InputFormatError? {
    let judged = head.prefix(Self.judgedBytes)
    var counts = (even: 0, odd: 0)
    for (index, byte) in judged.enumerated() where byte == 0 {
      if index.isMultiple(of: 2) { counts.even += 1 } else { counts.odd += 1 }
    }
    guard !judged.starts(with: "{".utf8), !judged.starts(with: "[".utf8),
      min(counts.even, counts.odd) == 0, max(counts.even, counts.odd) > 1,
      16 * max(counts.even, counts.odd) >= judged.count
    else { return nil }
    return Self.text(counts.odd > 0 ? "UTF-16LE" : "UTF-16BE")
  }

  private static func text(_ encoding: String) -> InputFormatError {
    InputFormatError(
      message: "is text in \(encoding)",
      remedy: "convert it first, with `iconv -f \(encoding) -t UTF-8` for instance")
  }

  private struct Signature {
    var bytes: [UInt8]
    var name: String
    var remedy: String

    /// Whether no text begins like this: a table may have a column `ORCID`.
    var isCertain: Bool { bytes.count > 4 || bytes.contains { $0 < 0x20 || $0 > 0x7E } }

    init(_ bytes: [UInt8], _ name: String, _ remedy: String) {
      self.bytes = bytes
      self.name = name
      self.remedy = remedy
    }

    init(_ text: String, _ name: String, _ remedy: String) {
      self.init(Array(text.utf8), name, remedy)
    }
  }

  private static let convert =
    "convert it to CSV or to lines of JSON first, with DuckDB for instance"
  private static let unpack = "unpack it and ingest the files in it"
  private static func decompress(_ tool: String) -> String {
    "decompress it first, with `\(tool)` for instance; gzip and Zstandard are read as they are"
  }

  private static let signatures = [
    Signature("PK\u{03}\u{04}", "a ZIP archive", unpack),
    Signature("PK\u{05}\u{06}", "a ZIP archive", unpack),
    Signature("PAR1", "a Parquet file", convert), Signature("Obj\u{01}", "an Avro file", convert),
    Signature("ORC", "an ORC file", convert), Signature("ARROW1", "an Arrow file", convert),
    Signature("FEA1", "a Feather file", convert),
    Signature("SQLite format 3\0", "an SQLite database", "export its tables as CSV or JSON"),
    Signature(
      [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1], "a document of Microsoft Office",
      "save the sheet as CSV and give the option --mapping"),
    Signature("%PDF-", "a PDF document", "get the data as JSON or CSV"),
    Signature("{\\rtf1", "a document in RTF", "save it as plain text"),
    Signature("BZh", "compressed with bzip2", decompress("bzip2 -d")),
    Signature([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00], "compressed with xz", decompress("xz -d")),
    Signature([0x04, 0x22, 0x4D, 0x18], "compressed with LZ4", decompress("lz4 -d")),
    Signature([0x1F, 0x9D], "compressed with compress", decompress("gzip -d")),
    Signature([0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C], "a 7z archive", unpack),
    Signature("Rar!", "a RAR archive", unpack),
    Signature(
      [0xFF, 0x06, 0x00, 0x00, 0x73, 0x4E, 0x61, 0x50, 0x70, 0x59], "compressed with Snappy",
      "decompress it first; gzip and Zstandard are read as they are"),
    Signature([0x78, 0x9C], "compressed with zlib", decompress("zlib-flate -uncompress")),
    Signature([0x78, 0xDA], "compressed with zlib", decompress("zlib-flate -uncompress")),
  ]

  private static let tarMagic = Array("ustar".utf8)
  private static let tarMagicOffset = 257

  /// A format that is known by its first bytes.
  private var signature: InputFormatError? {
    if head.count > Self.tarMagicOffset, head[Self.tarMagicOffset...].starts(with: Self.tarMagic) {
      return InputFormatError(message: "is a tar archive", remedy: Self.unpack)
    }
    guard let found = Self.signatures.first(where: { head.starts(with: $0.bytes) }),
      found.isCertain || isBinary
    else { return nil }
    // Workbooks are archives that begin with a file of one of these names.
    let start = String(decoding: head.prefix(200), as: UTF8.self)
    if found.bytes.starts(with: "PK".utf8),
      ["[Content_Types]", "xl/", "_rels/", "docProps/", "mimetype"].contains(where: start.contains)
    {
      return InputFormatError(
        message: "is an Excel workbook or another office document",
        remedy: "save the sheet as CSV and give the option --mapping")
    }
    return InputFormatError(message: "is \(found.name)", remedy: found.remedy)
  }
}

extension Compression {
  /// What the first bytes of an input say that it is compressed with; nil for nothing that is read.
  init?(_ head: [UInt8]) {
    if head.starts(with: [0x1F, 0x8B]) {
      self = .gzip
    } else if head.starts(with: [0x28, 0xB5, 0x2F, 0xFD])
      || head.count >= 4 && head[0] & 0xF0 == 0x50 && head[1...3] == [0x2A, 0x4D, 0x18]
    {
      // The second begins a frame that is skipped, as some tools write first.
      self = .zstd
    } else {
      return nil
    }
  }
}
