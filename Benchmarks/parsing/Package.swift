// swift-tools-version: 6.2
// SPDX-License-Identifier: Apache-2.0
import PackageDescription

let upcoming: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"), .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"), .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

// Only what the parser needs; without what needs swift-crypto, which takes minutes to build.
let package = Package(
    name: "posthaste",
    targets: [
        .target(name: "JSON", exclude: ["Text"], swiftSettings: upcoming),
        .target(name: "Text", path: "Sources/JSON/Text", swiftSettings: upcoming),
        .target(
            name: "Basics",
            dependencies: ["JSON", "Text"],
            exclude: ["ContentHash.swift", "Secret.swift", "WebhookSecret.swift"],
            swiftSettings: upcoming
        ),
        .target(name: "Mail", dependencies: ["Basics", "JSON", "Text"], swiftSettings: upcoming),
        .executableTarget(name: "ParseBench", dependencies: ["Basics", "JSON", "Mail"], swiftSettings: upcoming),
    ]
)
