// The arrows between targets: the target list is the data flow, so each imports only what is above.

import Foundation

/// What each target may import.
///
/// Glibc, Synchronization and the standard library are free to all.
private let allowedImports: [String: Set<String>] = [
  "Bytes": ["CXXHash"],
  "Roaring": ["Bytes", "CRoaring"],
  "Storage": ["Bytes", "Roaring", "CLZ4"],
  "Events": ["Bytes", "CSimdJSON", "CRE2", "CUnicode"],
  "Profiles": ["Bytes", "Storage", "Events"],
  "Audiences": ["Bytes", "Roaring", "Storage", "Events", "Profiles"],
  "Engine": ["Bytes", "Roaring", "Storage", "Events", "Profiles", "Audiences", "CCrypto"],
  "Activation": [
    "Bytes", "Roaring", "Storage", "Events", "Profiles", "Audiences", "Engine", "CCrypto",
    "CCurl",
  ],
  "Cairn": [
    "Bytes", "Roaring", "Storage", "Events", "Profiles", "Audiences", "Engine", "CZlib", "CZstd",
    "Yams",
  ],
  "Synthetic": ["Bytes"],
  "CairnServer": [
    "Bytes", "Storage", "Events", "Profiles", "Audiences", "Engine", "Activation", "Cairn",
    "CCrypto", "Hummingbird", "HummingbirdCore", "NIOCore", "NIOPosix", "NIOHTTPTypes", "NIOExtras",
    "NIOHTTP1", "NIOHTTPTypesHTTP1", "HTTPTypes", "Logging", "Metrics", "ServiceLifecycle",
    "UnixSignals",
  ],
  "CairnCLI": [
    "Bytes", "Synthetic", "Storage", "Events", "Profiles", "Audiences", "Engine", "Activation",
    "Cairn", "CairnServer", "CProcess", "CUnicode", "ArgumentParser", "Dispatch", "Logging",
  ],
]

private let freeImports: Set<String> = ["Swift", "Glibc", "Synchronization"]

/// Targets that may use Foundation: those below the pure data flow.
private let foundationTargets: Set<String> = ["Cairn", "CairnServer", "CairnCLI"]

/// The modules that a file imports, with their lines.
private func imports(of file: SourceFile) -> [(line: Int, module: String)] {
  file.code.enumerated().compactMap { index, line in
    let words = line.split(whereSeparator: { " \t".contains($0) })
    guard let place = words.firstIndex(of: "import"),
      words[..<place].allSatisfy({ $0.hasPrefix("@") || $0 == "public" || $0 == "internal" })
    else { return nil }
    var rest = words[(place + 1)...]
    let kinds: Set<Substring> = ["struct", "class", "enum", "func", "protocol", "typealias", "var"]
    if let first = rest.first, kinds.contains(first) { rest = rest.dropFirst() }
    guard let module = rest.first?.split(separator: ".").first else { return nil }
    return (index + 1, String(module))
  }
}

let importRules: [Rule] = [
  Rule(
    "imports point up the list of targets",
    remedy: """
      Move what you need down to a target that both may import, or hand it up as a value. If the \
      arrow is right, change Package.swift and the table in ImportRules.swift, and say why in \
      docs/decisions.
      """,
    broken: [
      .sample("Sources/Bytes/A.swift", "import Storage\n"),
      .sample("Sources/Events/A.swift", "@preconcurrency import struct Storage.Log\n"),
      .sample("Sources/Unheard/A.swift", "import Bytes\n"),
      .sample("Sources/Storage/A.swift", "import Yams\n"),
      .sample("Sources/Engine/A.swift", "import Activation\n"),
      .sample("Sources/Engine/A.swift", "import Yams\n"),
    ],
    fine: [
      .sample("Sources/Storage/A.swift", "// import Events\nimport Bytes\nimport Glibc\n"),
      .sample("Tests/BytesTests/A.swift", "@testable import Cairn\n"),
    ]
  ) { file, _ in
    guard file.isSwift, let target = file.target else { return [] }
    let allowed = allowedImports[target]?.union(freeImports) ?? []
    return imports(of: file).compactMap { line, module in
      guard !allowed.contains(module), module != "Foundation" else { return nil }
      return Violation(path: file.path, line: line, found: "\(target) imports \(module)")
    }
  },
  Rule(
    "no Foundation in the data flow",
    remedy: """
      Use Glibc or Bytes: Foundation's types allocate and its calls hide system calls. Text of \
      numbers and instants is in Bytes.
      """,
    broken: [
      .sample("Sources/Bytes/A.swift", "import Foundation\n"),
      .sample("Sources/Audiences/A.swift", "import FoundationEssentials\n"),
    ],
    fine: [
      .sample("Sources/Cairn/A.swift", "import Foundation\n"),
      .sample("Tests/BytesTests/A.swift", "import Foundation\n"),
    ]
  ) { file, _ in
    guard file.isSwift, let target = file.target, !foundationTargets.contains(target) else {
      return []
    }
    return imports(of: file).filter { $0.module.hasPrefix("Foundation") }.map {
      Violation(path: file.path, line: $0.line, found: "\(target) imports \($0.module)")
    }
  },
]
