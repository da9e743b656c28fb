// swift-tools-version: 6.2
// SPDX-License-Identifier: Apache-2.0
import PackageDescription

let upcoming: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"), .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"), .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

let package = Package(
    name: "posthaste",
    dependencies: [
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/hummingbird-project/swift-mustache", exact: "2.1.1"),
    ],
    targets: [
        .target(name: "JSON", exclude: ["Text"], swiftSettings: upcoming),
        .target(name: "Text", path: "Sources/JSON/Text", swiftSettings: upcoming),
        .target(
            name: "Templates",
            dependencies: ["JSON", "Text", .product(name: "Yams", package: "Yams")],
            swiftSettings: upcoming
        ),
        .executableTarget(
            name: "RenderBench",
            dependencies: ["JSON", "Templates", .product(name: "Mustache", package: "swift-mustache")],
            swiftSettings: upcoming
        ),
    ]
)
