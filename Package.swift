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

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let cryptoExtras = Target.Dependency.product(name: "CryptoExtras", package: "swift-crypto")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
let hummingbirdCore = Target.Dependency.product(name: "HummingbirdCore", package: "hummingbird")
let httpTypes = Target.Dependency.product(name: "HTTPTypes", package: "swift-http-types")
let hummingbirdTesting = Target.Dependency.product(name: "HummingbirdTesting", package: "hummingbird")
let lifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let nio: [Target.Dependency] = [
    .product(name: "NIOCore", package: "swift-nio"),
    .product(name: "NIOHTTP1", package: "swift-nio"),
    .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
    .product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras"),
]
let unixSignals = Target.Dependency.product(name: "UnixSignals", package: "swift-service-lifecycle")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")

let package = Package(
    name: "posthaste",
    products: [
        .executable(name: "posthaste", targets: ["posthaste"]),
        .library(name: "GatewayTesting", targets: ["GatewayTesting"]),
    ],
    dependencies: [
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    ],
    targets: [
        .systemLibrary(
            name: "CCurl",
            path: "Sources/Boundary/CCurl",
            pkgConfig: "libcurl",
            providers: [.apt(["libcurl4-openssl-dev"])]
        ),
        .systemLibrary(
            name: "CJansson",
            path: "Sources/Boundary/CJansson",
            pkgConfig: "jansson",
            providers: [.apt(["libjansson-dev"])]
        ),
        .systemLibrary(
            name: "CPostgres",
            path: "Sources/Boundary/CPostgres",
            pkgConfig: "libpq",
            providers: [.apt(["libpq-dev"])]
        ),
        .target(name: "JSON"),
        .target(name: "Templates", dependencies: ["JSON", yams]),
        .target(name: "Gateway", dependencies: ["JSON", "Templates", crypto, logging]),
        .target(
            name: "Boundary",
            dependencies: ["Gateway", "JSON", "CCurl", "CJansson", "CPostgres"],
            exclude: ["CCurl", "CJansson", "CPostgres"]
        ),
        .target(name: "Storage", dependencies: ["Boundary", "Gateway", "JSON", grdb]),
        .target(
            name: "Providers",
            dependencies: ["Gateway", "JSON", "Templates", cryptoExtras],
            exclude: [
                "Capture/README.md", "Chaos/README.md", "Command/README.md", "Gmail/README.md", "SMTP/README.md",
            ]
        ),
        .target(name: "PasswordReset", dependencies: ["Gateway", "JSON", "Templates", crypto, logging]),
        .target(
            name: "Server",
            dependencies: [
                "Boundary", "Gateway", "JSON", "Templates", httpTypes, hummingbird, hummingbirdCore, lifecycle, logging,
            ] + nio,
            resources: [
                .embedInCode("Resources/openapi.yaml"), .embedInCode("Resources/preview.css"),
                .embedInCode("Resources/preview.html"), .embedInCode("Resources/preview.js"),
            ]
        ),
        .target(name: "GatewayTesting", dependencies: ["Gateway", "JSON", crypto]),
        .executableTarget(
            name: "posthaste",
            dependencies: [
                "Boundary", "Gateway", "JSON", "PasswordReset", "Providers", "Server", "Storage", "Templates",
                argumentParser, httpTypes, lifecycle, logging, unixSignals, yams,
            ],
            resources: [.embedInCode("Resources/starter.kit")]
        ),
        .testTarget(
            name: "TemplatesTests",
            dependencies: ["GatewayTesting", "JSON", "Templates"],
            exclude: ["Hostile/check.py"]
        ),
        .testTarget(
            name: "GatewayTests",
            dependencies: ["Gateway", "GatewayTesting", "JSON", "Templates"],
            exclude: ["MIME/check.py"]
        ),
        .testTarget(name: "BoundaryTests", dependencies: ["Boundary", "Gateway", "GatewayTesting", "JSON"]),
        .testTarget(name: "StorageTests", dependencies: ["Boundary", "Gateway", "GatewayTesting", "JSON", "Storage"]),
        .testTarget(
            name: "TokensTests",
            dependencies: ["Boundary", "Gateway", "GatewayTesting", "JSON", "Providers", "Storage", cryptoExtras]
        ),
        .testTarget(
            name: "PasswordResetTests",
            dependencies: ["Boundary", "Gateway", "GatewayTesting", "JSON", "PasswordReset", "Storage"]
        ),
        .testTarget(name: "ProvidersTests", dependencies: ["Boundary", "Gateway", "GatewayTesting", "Providers"]),
        .testTarget(
            name: "ServerTests",
            dependencies: [
                "Boundary", "Gateway", "JSON", "Server", "Templates", httpTypes, hummingbird, hummingbirdTesting,
                logging,
                .product(name: "NIOPosix", package: "swift-nio"),
            ] + nio
        ),
        .testTarget(
            name: "posthasteTests",
            dependencies: ["Gateway", "GatewayTesting", "JSON", "PasswordReset", "Providers", "posthaste"]
        ),
        .testTarget(
            name: "EndToEndTests",
            dependencies: ["Boundary", "Gateway", "GatewayTesting", "JSON", "posthaste"],
            exclude: ["OpenAPI", "Preview", "Reset"]
        ),
    ]
)

for target in package.targets where target.type != .system {
    target.swiftSettings = strict
}
