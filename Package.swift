// swift-tools-version: 6.2
import PackageDescription

let settings: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

let package = Package(
  name: "ckptmend",
  products: [
    .executable(name: "ckptmend", targets: ["ckptmend"]),
    .library(name: "Verify", targets: ["Verify"]),
    .library(name: "Repair", targets: ["Repair"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    // The default trait pulls in all of Foundation.
    .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0", traits: []),
    .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
  ],
  targets: [
    .systemLibrary(
      name: "CLibArchive", pkgConfig: "libarchive", providers: [.apt(["libarchive-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(name: "CNettle", pkgConfig: "nettle", providers: [.apt(["nettle-dev"])]),
    .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
    .systemLibrary(name: "CLzma", pkgConfig: "liblzma", providers: [.apt(["liblzma-dev"])]),
    .systemLibrary(
      name: "CDeflate", pkgConfig: "libdeflate", providers: [.apt(["libdeflate-dev"])]),
    .systemLibrary(name: "CYaml", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
    .target(name: "CLinux"),
    .target(
      name: "Archive",
      dependencies: [
        "CLibArchive", "CZlib", "CNettle", "CZstd", "CLzma", "CDeflate", "CLinux",
        .product(name: "SystemPackage", package: "swift-system"),
      ],
      swiftSettings: settings),
    .target(name: "Documents", swiftSettings: settings),
    .target(
      name: "CRIUImages",
      dependencies: [.product(name: "SwiftProtobuf", package: "swift-protobuf")],
      exclude: ["Schemas"],
      swiftSettings: settings),
    .target(
      name: "Checkpoint",
      dependencies: [
        "Archive", "Documents", "CRIUImages",
        .product(name: "SwiftProtobuf", package: "swift-protobuf"),
      ],
      swiftSettings: settings),
    .target(name: "Host", dependencies: ["CLinux"], swiftSettings: settings),
    .target(
      name: "Verify",
      dependencies: [
        "Checkpoint", "Host", .product(name: "SwiftProtobuf", package: "swift-protobuf"),
      ],
      swiftSettings: settings),
    .target(
      name: "Repair",
      dependencies: [
        "Verify", "Host", "Archive", .product(name: "SwiftProtobuf", package: "swift-protobuf"),
      ],
      swiftSettings: settings),
    .target(
      name: "Policy",
      dependencies: ["Archive", "Checkpoint", "Verify", "CYaml"],
      swiftSettings: settings),
    .executableTarget(
      name: "ckptmend",
      dependencies: [
        "Archive", "Checkpoint", "CRIUImages", "CLinux", "Host", "Verify", "Repair", "Policy",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "SystemPackage", package: "swift-system"),
      ],
      swiftSettings: settings),
    .target(
      name: "Support", dependencies: ["Archive", "CLibArchive"], path: "Tests/Support",
      swiftSettings: settings),
    .testTarget(
      name: "ArchiveTests", dependencies: ["Archive", "Support"], swiftSettings: settings),
    .testTarget(name: "DocumentsTests", dependencies: ["Documents"], swiftSettings: settings),
    .testTarget(
      name: "CRIUImagesTests",
      dependencies: ["CRIUImages", .product(name: "SwiftProtobuf", package: "swift-protobuf")],
      swiftSettings: settings),
    .testTarget(
      name: "CheckpointTests", dependencies: ["Checkpoint", "Archive", "Documents"],
      swiftSettings: settings),
    .testTarget(
      name: "HostTests", dependencies: ["Host", "Support"], swiftSettings: settings),
    .testTarget(
      name: "VerifyTests",
      dependencies: [
        "Verify", "Host", "Checkpoint", "Archive", "CRIUImages", "Documents", "Support",
        .product(name: "SwiftProtobuf", package: "swift-protobuf"),
      ],
      swiftSettings: settings),
    .testTarget(
      name: "RepairTests",
      dependencies: [
        "Repair", "Verify", "Host", "Archive", "Checkpoint", "CRIUImages", "Documents", "Support",
        .product(name: "SwiftProtobuf", package: "swift-protobuf"),
      ],
      swiftSettings: settings),
    .testTarget(
      name: "PolicyTests",
      dependencies: ["Policy", "Verify", "Checkpoint", "Archive", "Documents", "Support"],
      swiftSettings: settings),
    .testTarget(
      name: "CommandTests",
      dependencies: ["ckptmend", "Checkpoint", "Verify", "Archive", "Documents", "Support"],
      exclude: ["Faults/faults.c"], swiftSettings: settings),
    .testTarget(
      name: "HostileTests",
      dependencies: [
        "ckptmend", "Verify", "Checkpoint", "Archive", "CRIUImages", "Documents", "Support",
        .product(name: "SwiftProtobuf", package: "swift-protobuf"),
      ],
      swiftSettings: settings),
  ],
  swiftLanguageModes: [.v6]
)
