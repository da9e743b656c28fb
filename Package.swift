// swift-tools-version: 6.2
// SPDX-License-Identifier: Apache-2.0
import PackageDescription

let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
]

let yams = Target.Dependency.product(name: "Yams", package: "Yams")

let package = Package(
    name: "posthaste",
    dependencies: [
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    ],
    targets: [
        .target(name: "JSON"),
        .target(name: "Templates", dependencies: ["JSON", yams]),
        .testTarget(name: "TemplatesTests", dependencies: ["JSON", "Templates"]),
    ]
)

for target in package.targets where target.type != .system {
    target.swiftSettings = strict
}
