// swift-tools-version: 6.2
import PackageDescription

// Targets are listed in order; each imports only targets before it. The list is the data flow:
// bytes -> bitmaps -> storage -> events -> profiles -> audiences -> engine -> activation -> library
// -> CLI.

let swift: [SwiftSetting] = [
  // Lets byte readers and record views be `~Escapable` values tied to the bytes they read.
  .enableExperimentalFeature("Lifetimes"),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

let package = Package(
  name: "cairn",
  products: [
    // Its answers hold values of the modules above it, so these are part of the public library.
    .library(
      name: "Cairn",
      targets: [
        "Cairn", "Activation", "Engine", "Audiences", "Profiles", "Events", "Storage", "Bytes",
      ]),
    .executable(name: "cairn", targets: ["CairnCLI"]),
    .executable(name: "cairn-bench", targets: ["CairnBench"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    .package(
      url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
    .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
  ],
  targets: [
    .systemLibrary(name: "CLZ4", providers: [.apt(["liblz4-dev"])]),
    .systemLibrary(name: "CRoaring", providers: [.apt(["libroaring-dev"])]),
    .systemLibrary(name: "CXXHash", providers: [.apt(["libxxhash-dev"])]),
    .systemLibrary(name: "CCrypto", providers: [.apt(["libssl-dev"])]),
    .systemLibrary(name: "CUnicode", providers: [.apt(["libidn2-dev", "libunistring-dev"])]),
    .systemLibrary(name: "CZlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(name: "CZstd", providers: [.apt(["libzstd-dev"])]),
    .systemLibrary(name: "CCurl", providers: [.apt(["libcurl4-openssl-dev"])]),
    .target(name: "CSimdJSON", linkerSettings: [.linkedLibrary("simdjson")]),
    // The commit for `--version`; tools/release sets the variable, so that no file has to be written.
    .target(
      name: "CProcess",
      cSettings: Context.environment["CAIRN_COMMIT"].map { [.define("CAIRN_COMMIT", to: $0)] } ?? []
    ),
    .target(name: "CRE2", linkerSettings: [.linkedLibrary("re2")]),
    .target(name: "Bytes", dependencies: ["CXXHash"], swiftSettings: swift),
    .target(name: "Roaring", dependencies: ["Bytes", "CRoaring"], swiftSettings: swift),
    .target(name: "Storage", dependencies: ["Bytes", "Roaring", "CLZ4"], swiftSettings: swift),
    .target(
      name: "Events", dependencies: ["Bytes", "CSimdJSON", "CRE2", "CUnicode"],
      swiftSettings: swift),
    .target(name: "Profiles", dependencies: ["Bytes", "Storage", "Events"], swiftSettings: swift),
    .target(
      name: "Audiences",
      dependencies: ["Bytes", "Roaring", "Storage", "Events", "Profiles"],
      swiftSettings: swift),
    .target(
      name: "Engine",
      dependencies: ["Bytes", "Roaring", "Storage", "Events", "Profiles", "Audiences", "CCrypto"],
      swiftSettings: swift),
    .target(
      name: "Activation",
      dependencies: [
        "Bytes", "Roaring", "Storage", "Events", "Profiles", "Audiences", "Engine", "CCrypto",
        "CCurl",
      ],
      swiftSettings: swift),
    .target(name: "Synthetic", dependencies: ["Bytes"], swiftSettings: swift),
    .target(
      name: "Cairn",
      dependencies: [
        "Bytes", "Roaring", "Storage", "Events", "Profiles", "Audiences", "Engine", "CZlib",
        "CZstd",
        .product(name: "Yams", package: "Yams"),
      ],
      swiftSettings: swift),
    .target(
      name: "CairnServer",
      dependencies: [
        "Cairn", "Activation", "Engine", "Audiences", "Profiles", "Events", "Storage", "Bytes",
        "CCrypto",
        .product(name: "Hummingbird", package: "hummingbird"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "HummingbirdCore", package: "hummingbird"),
        .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
        .product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras"),
        .product(name: "NIOExtras", package: "swift-nio-extras"),
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "Metrics", package: "swift-metrics"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        .product(name: "UnixSignals", package: "swift-service-lifecycle"),
      ],
      swiftSettings: swift),
    .executableTarget(
      name: "CairnCLI",
      dependencies: [
        "CairnServer", "Cairn", "Synthetic", "Activation", "Engine", "Storage", "Profiles",
        "Audiences", "Events",
        "Bytes", "CProcess", "CUnicode",
        .product(name: "Logging", package: "swift-log"),
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: swift),
    // What brute force says about events: it depends on nothing of the above, so that it can judge it.
    .target(name: "Reference", path: "Benchmarks/Reference", swiftSettings: swift),
    .target(
      name: "ReferenceCheck",
      dependencies: ["Reference", "Cairn", "Engine", "Profiles", "Storage", "Bytes"],
      path: "Benchmarks/ReferenceCheck", swiftSettings: swift),
    .executableTarget(
      name: "CairnBench",
      dependencies: [
        "Reference", "ReferenceCheck", "Synthetic", "Cairn", "Engine", "Profiles", "Events",
        "Storage", "Bytes",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      path: "Benchmarks/CairnBench",
      swiftSettings: swift),
    .target(
      name: "StorageSimulation", dependencies: ["Storage"], path: "Tests/StorageSimulation",
      swiftSettings: swift),
    .testTarget(name: "BytesTests", dependencies: ["Bytes"], swiftSettings: swift),
    .testTarget(name: "RoaringTests", dependencies: ["Roaring", "Bytes"], swiftSettings: swift),
    .testTarget(
      name: "StorageTests", dependencies: ["Storage", "StorageSimulation", "Bytes"],
      exclude: ["Golden"], swiftSettings: swift),
    .testTarget(
      name: "TableTests", dependencies: ["Storage", "Bytes"], exclude: ["Golden"],
      swiftSettings: swift),
    .testTarget(
      name: "ActivationTests", dependencies: ["Activation", "Engine", "Events", "Bytes"],
      swiftSettings: swift),
    .testTarget(name: "SyntheticTests", dependencies: ["Synthetic"], swiftSettings: swift),
    .testTarget(name: "EventsTests", dependencies: ["Events", "Bytes"], swiftSettings: swift),
    .testTarget(
      name: "ProfilesTests",
      dependencies: ["Profiles", "Events", "Storage", "StorageSimulation", "Bytes"],
      swiftSettings: swift),
    .testTarget(
      name: "AudiencesTests",
      dependencies: [
        "Audiences", "Profiles", "Events", "Storage", "StorageSimulation", "Bytes",
      ],
      swiftSettings: swift),
    .testTarget(
      name: "CairnTests",
      dependencies: [
        "Cairn", "Activation", "Engine", "Audiences", "Profiles", "Events", "Storage",
        "StorageSimulation", "Bytes",
      ],
      exclude: ["Data"],
      swiftSettings: swift),
    .testTarget(
      name: "ReferenceTests",
      dependencies: ["Reference", "ReferenceCheck", "Synthetic", "StorageSimulation"],
      swiftSettings: swift),
    .testTarget(
      name: "CLITests",
      dependencies: [
        "CairnCLI", "Cairn", "Activation", "Engine", "Storage", "Bytes",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      exclude: ["CaseFunctions.sh", "Cases", "Snapshots"],
      swiftSettings: swift),
    .testTarget(
      name: "ServerTests",
      dependencies: [
        "CairnServer", "Cairn", "Activation", "Engine", "Events", "Storage", "StorageSimulation",
        "Bytes",
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "Yams", package: "Yams"),
        .product(name: "Hummingbird", package: "hummingbird"),
      ],
      swiftSettings: swift),
    .testTarget(name: "TidyTests", swiftSettings: swift),
  ],
  swiftLanguageModes: [.v6],
  cxxLanguageStandard: .cxx17
)
