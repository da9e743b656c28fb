// swift-tools-version: 6.2
// SPDX-License-Identifier: Apache-2.0
import PackageDescription

let upcoming: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"), .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"), .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]
// Coverage of all fuzzed code, with the checks of a debug build at the speed of a release build.
let watched = upcoming + [.unsafeFlags(["-sanitize=fuzzer", "-parse-as-library", "-O", "-enable-testing"])]

let package = Package(
    name: "posthaste",
    dependencies: [.package(url: "https://github.com/jpsim/Yams", from: "6.2.2")],
    targets: [
        .target(name: "JSON", exclude: ["Text"], swiftSettings: upcoming + [.unsafeFlags(["-O"])]),
        .target(name: "Text", path: "Sources/JSON/Text", swiftSettings: upcoming + [.unsafeFlags(["-O"])]),
        .target(
            name: "Templates",
            dependencies: ["JSON", "Text", .product(name: "Yams", package: "Yams")],
            swiftSettings: watched
        ),
        .executableTarget(
            name: "PlaceFuzzer",
            dependencies: ["JSON", "Templates"],
            swiftSettings: watched,
            linkerSettings: [.unsafeFlags(["-sanitize=fuzzer", "-use-ld=lld"])]
        ),
    ]
)
