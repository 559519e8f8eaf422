// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "Embedding",
  dependencies: [.package(name: "ckptmend", path: "../..")],
  targets: [
    .executableTarget(
      name: "Embedding", dependencies: [.product(name: "Verify", package: "ckptmend")])
  ],
  swiftLanguageModes: [.v6]
)
