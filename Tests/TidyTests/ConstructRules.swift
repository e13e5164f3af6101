// Constructs that are banned, or allowed in named places only.

/// Where pointers may be named.
///
/// Everything else works on spans.
private let pointerFolders = [
  "Sources/Bytes", "Sources/Events/Packed", "Sources/Events/Shape", "Sources/Roaring",
  "Sources/Storage/Files", "Sources/Storage/Rows", "Sources/Storage/Tables",
]

/// Single files that may name pointers too: the wrappers of simdjson, RE2, Unicode's libraries, zlib, libzstd and
/// libcurl, a running digest of libcrypto, the threads of POSIX, and what the parser reads and writes several bytes at
/// a time.
private let pointerFiles = [
  "Sources/Activation/Webhook/CurlTransport.swift",
  "Sources/Cairn/Ingest/Compressed/GzipDecoder.swift",
  "Sources/Cairn/Ingest/Compressed/ZstdDecoder.swift",
  "Sources/Events/Normalisation/UnicodeText.swift",
  "Sources/Events/Fields/FieldPlaces.swift",
  "Sources/Events/HeaderTokens.swift",
  "Sources/Events/InstantText.swift",
  "Sources/Events/JSONNumber.swift",
  "Sources/Events/PayloadBuffer.swift",
  "Sources/Events/PayloadCursor.swift",
  "Sources/Events/PlainText.swift",
  "Sources/Events/StructuralScanner.swift",
  "Sources/Events/UUIDText.swift",
  "Sources/Events/Plan/SchemaPattern.swift",
  "Sources/Events/Plan/Formats/HostnameFormat.swift",
  "Sources/Cairn/Live/Mailbox.swift",
  "Sources/CairnServer/Connections/SocketPath.swift",
  "Sources/CairnCLI/Server/ServerSocket.swift",
  "Sources/Engine/Background/BoundedQueue.swift",
  "Sources/Engine/Background/WorkerThread.swift",
  "Sources/Engine/FileDigest.swift",
]

/// Whether a file may name pointers.
private func mayNamePointers(_ file: SourceFile) -> Bool {
  pointerFolders.contains(where: file.isIn) || pointerFiles.contains(file.path)
}

/// Where randomness may come from: the files that draw store ids and seeds.
private func isEntropyFile(_ file: SourceFile) -> Bool {
  file.isIn("Sources/Engine") && ["Clock", "Entropy", "Seed"].contains { file.name.hasPrefix($0) }
}

/// A rule that bans a pattern in the code of `Sources`, but for some files.
private func ban(
  _ name: String, _ pattern: String, remedy: String, sample: String, fine: [SourceFile],
  unless isAllowed: @escaping @Sendable (SourceFile) -> Bool = { _ in false }
) -> Rule {
  Rule(
    name, remedy: remedy, broken: [.sample("Sources/Storage/Log/A.swift", sample)], fine: fine
  ) { file, _ in
    guard file.isSwift, file.isIn("Sources"), !isAllowed(file) else { return [] }
    let copies = Set(file.matches(of: plainCopy).map(\.line))
    return file.matches(of: pattern).filter { !copies.contains($0.line) }
  }
}

/// A copy that hands the pointer to `append(contentsOf:)` and to nothing else, which is as safe as a
/// span can be copied.
private let plainCopy = #"withUnsafeBytes(\(of: [\w.]+\))? \{ [\w.]+\.append\(contentsOf: \$0\) \}"#

private let banned: [Rule] = [
  ban(
    "no try!", #"\btry!"#, remedy: "Throw on, or handle the error.", sample: "try! f()",
    fine: [.sample("Sources/Bytes/A.swift", "// try! f()\nlet a = \"try! f()\"\ntry f()\n")]),
  ban(
    "no as!", #"\bas!"#, remedy: "Use as? and handle nil, or a type that needs no cast.",
    sample: "let a = b as! Int", fine: [.sample("Sources/Bytes/A.swift", "let a = b as? Int")]),
  ban(
    "no fatalError", #"\bfatalError\s*\("#,
    remedy: "Throw a typed error; for a programmer error use precondition with a sentence.",
    sample: "fatalError(\"x\")",
    fine: [.sample("Sources/Bytes/A.swift", "precondition(a, \"a holds\")")]),
  ban(
    "nothing is printed below the CLI", #"(^|[^.\w])(print|debugPrint|dump)\("#,
    remedy: "Raise an event or return a value; the CLI prints it.", sample: "print(a)",
    fine: [
      .sample("Sources/CairnCLI/A.swift", "print(a)"),
      .sample("Sources/Bytes/A.swift", "a.print(b)\nfingerprint(c)"),
    ], unless: { $0.isIn("Sources/CairnCLI") }),
  ban(
    "the time is a parameter", #"\bDate\(\)|\bDate\.now\b|\bDate\(timeInterval"#,
    remedy: "Take a Timestamp; only the face of the library asks the system's clock.",
    sample: "let now = Date()",
    fine: [.sample("Sources/Bytes/A.swift", "updateDate()\nlet d = Update(x)")]),
  ban(
    "randomness is injected",
    #"\bSystemRandomNumberGenerator\b|\.random\(|\.randomElement\(|getrandom"#,
    remedy: "Take a seed or a generator; only Clock.swift of the library draws from the system.",
    sample: "let a = Int.random(in: 0..<2)",
    fine: [
      .sample("Sources/Engine/Entropy.swift", "var g = SystemRandomNumberGenerator()"),
      .sample("Sources/Bytes/A.swift", "let random = Seeded(seed: 1).next()"),
    ], unless: isEntropyFile),
  ban(
    "pointers stay in their folders",
    #"\bUnsafe\w*Pointer\b|\bOpaquePointer\b|\bunsafeBitCast\b|\bwithUnsafe\w*|\bUnmanaged\b"#,
    remedy: """
      Use RawSpan, [UInt8], ByteReader and ByteWriter. A wrapper of a C library goes to one of the \
      folders and files listed in ConstructRules.swift.
      """,
    sample: "name.withUnsafeBytes { f($0) }",
    fine: [
      .sample("Sources/Storage/Files/A.swift", "let a: UnsafeRawPointer"),
      .sample("Sources/Storage/Tables/B.swift", "b.withUnsafeBytes { }"),
      .sample("Sources/Profiles/B.swift", "a.withUnsafeBytes { b.c.append(contentsOf: $0) }"),
      .sample("Sources/Events/StructuralScanner.swift", "let a: OpaquePointer"),
    ],
    unless: mayNamePointers),
]

let constructRules: [Rule] =
  banned + [
    Rule(
      "@unchecked Sendable says why",
      remedy: "Write a comment with 'Safe because …' just above, or make the type Sendable.",
      broken: [.sample("Sources/Bytes/A.swift", "// It is fine.\nclass A: @unchecked Sendable {}")],
      fine: [
        .sample(
          "Sources/Bytes/A.swift",
          "/// Safe because nothing changes after init.\nclass A: @unchecked Sendable {}")
      ]
    ) { file, _ in
      guard file.isSwift, file.isIn("Sources") else { return [] }
      return file.matches(of: "@unchecked Sendable|nonisolated\\(unsafe\\)").filter { violation in
        let near = max(0, violation.line - 12)..<min(file.lines.count, violation.line + 4)
        return !file.lines[near].contains { $0.lowercased().contains("safe because") }
      }
    },
    Rule(
      "no -O" + "unchecked",
      remedy: "Keep the checks: hostile bytes reach this code. Make the hot loop provable instead.",
      broken: [.sample("Package.swift", ".unsafeFlags([\"-O" + "unchecked\"])")],
      fine: [.sample("Package.swift", ".unsafeFlags([\"-O\"])")]
    ) { file, _ in
      file.matches(of: "-O" + "unchecked", in: \SourceFile.lines)
    },
    Rule(
      "no open notes in the tree",
      remedy: "Do it, drop it, or open an issue and say so in docs/plan.md.",
      broken: [.sample("Sources/Bytes/A.swift", "// TO" + "DO: later")],
      fine: [.sample("docs/a.md", "A todo list.")]
    ) { file, _ in
      file.matches(of: #"\b(TO"# + #"DO|FIX"# + #"ME|XX"# + #"X)\b"#, in: \SourceFile.lines)
    },
  ]
