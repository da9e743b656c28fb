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
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let nioSSL = Target.Dependency.product(name: "NIOSSL", package: "swift-nio-ssl")
let unixSignals = Target.Dependency.product(name: "UnixSignals", package: "swift-service-lifecycle")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")

/// What the core and everything on top of it is made of.
let coreTargets: [Target.Dependency] = [
    "Basics", "Delivery", "Feedback", "JSON", "Mail", "Monitoring", "OAuth", "Queue", "SQL", "Settings", "Submission",
    "Templates", "Text",
]

/// A part of the core: a folder of `Sources/Gateway`.
func core(_ name: String, uses dependencies: [Target.Dependency]) -> Target {
    .target(name: name, dependencies: dependencies, path: "Sources/Gateway/\(name)")
}

let package = Package(
    name: "posthaste",
    products: [
        .executable(name: "posthaste", targets: ["posthaste"]),
        // For authors of providers.
        .library(
            name: "Gateway",
            targets: ["Basics", "Delivery", "Mail", "OAuth", "Providers", "Settings"]
        ),
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
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
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
        .systemLibrary(name: "CSpawn", path: "Sources/Boundary/CSpawn"),
        .systemLibrary(
            name: "CZlib",
            path: "Sources/Boundary/CZlib",
            pkgConfig: "zlib",
            providers: [.apt(["zlib1g-dev"])]
        ),
        .target(name: "JSON", exclude: ["Text"]),
        .target(name: "Text", path: "Sources/JSON/Text"),
        .target(name: "Templates", dependencies: ["JSON", "Text", yams]),

        // The core, from below: a target may use those above it in this list that it names, and no other.
        core("Basics", uses: ["JSON", "Text", crypto]),
        core("SQL", uses: ["Basics"]),
        core("Settings", uses: ["Basics", "Text"]),
        core("Mail", uses: ["Basics", "JSON", "Text", crypto, cryptoExtras]),
        core("Delivery", uses: ["Basics", "JSON", "Mail"]),
        core("OAuth", uses: ["Basics", "Delivery", "JSON", "Mail", crypto]),
        core("Queue", uses: ["Basics", "Delivery", "JSON", "Mail", "SQL", logging]),
        core("Monitoring", uses: ["Basics", "Delivery", "JSON", "Mail", "OAuth", "Queue", crypto, logging]),
        core("Feedback", uses: ["Basics", "Delivery", "JSON", "Mail", "Queue", crypto, logging]),
        core(
            "Submission",
            uses: ["Basics", "Delivery", "Feedback", "JSON", "Mail", "Queue", "Templates", "Text", crypto]
        ),

        .target(
            name: "Boundary",
            dependencies: ["Basics", "Delivery", "JSON", "Mail", "CCurl", "CJansson", "CPostgres", "CSpawn", "CZlib"],
            exclude: ["CCurl", "CJansson", "CPostgres", "CSpawn", "CZlib"]
        ),
        .target(
            name: "Storage",
            dependencies: [
                "Basics", "Boundary", "Delivery", "Feedback", "JSON", "Mail", "Monitoring", "OAuth", "Queue", "SQL",
                "Submission", grdb,
            ]
        ),
        .target(
            name: "Providers",
            dependencies: ["Basics", "Delivery", "JSON", "Mail", "OAuth", "Settings", "Text", crypto, cryptoExtras]
        ),
        .target(
            name: "PasswordReset",
            dependencies: [
                "Basics", "Delivery", "JSON", "Mail", "Monitoring", "Queue", "SQL", "Server", "Settings", "Submission",
                "Templates", crypto, httpTypes, logging,
            ]
        ),
        .target(
            name: "Server",
            dependencies: [
                "Basics", "Boundary", "Delivery", "Feedback", "JSON", "Mail", "Monitoring", "OAuth", "Queue", "SQL",
                "Settings", "ServerTLS", "Submission", "Templates", httpTypes, hummingbird, hummingbirdCore, lifecycle,
                logging,
                nioSSL,
            ] + nio,
            exclude: ["SMTP", "TLS"],
            resources: [
                .embedInCode("Resources/console.css"), .embedInCode("Resources/console.js"),
                .embedInCode("Resources/openapi.yaml"), .embedInCode("Resources/preview.css"),
                .embedInCode("Resources/preview.html"), .embedInCode("Resources/preview.js"),
            ]
        ),
        // Certificates of the listeners, for HTTPS and SMTP.
        .target(name: "ServerTLS", dependencies: ["Basics", "Text", nioSSL], path: "Sources/Server/TLS"),
        .target(
            name: "SMTPServer",
            dependencies: [
                "Basics", "Feedback", "JSON", "Mail", "Queue", "ServerTLS", "Settings", "Submission", lifecycle,
                logging, nioPosix,
                nioSSL,
                .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOTLS", package: "swift-nio"),
            ],
            path: "Sources/Server/SMTP"
        ),
        .target(
            name: "GatewayTesting",
            dependencies: [
                "Basics", "Delivery", "JSON", "Mail", "OAuth", "Queue", "SQL", crypto, cryptoExtras, logging,
            ]
        ),
        .executableTarget(
            name: "posthaste",
            dependencies: [
                "Boundary", "PasswordReset", "Providers", "SMTPServer", "Server", "ServerTLS", "Storage",
                argumentParser, httpTypes, lifecycle, logging, unixSignals, yams,
            ] + coreTargets,
            resources: [.embedInCode("Resources/starter.kit")]
        ),
        .testTarget(
            name: "TemplatesTests",
            dependencies: ["GatewayTesting", "JSON", "Templates", "Text"],
            exclude: ["Hostile/check.py"]
        ),
        .testTarget(
            name: "GatewayTests",
            dependencies: ["GatewayTesting", crypto, logging] + coreTargets,
            exclude: ["DKIM/verify.py", "MIME/check.py", "Mail/Parsing/read.py"]
        ),
        .testTarget(name: "BoundaryTests", dependencies: ["Boundary", "GatewayTesting"] + coreTargets),
        .testTarget(
            name: "StorageTests",
            dependencies: ["Boundary", "GatewayTesting", "PasswordReset", "Storage", logging] + coreTargets
        ),
        .testTarget(
            name: "OAuthTests",
            dependencies: ["Boundary", "GatewayTesting", "PasswordReset", "Providers", "Storage", cryptoExtras]
                + coreTargets
        ),
        .testTarget(
            name: "PasswordResetTests",
            dependencies: ["Boundary", "GatewayTesting", "PasswordReset", "Server", "Storage"] + coreTargets
        ),
        .testTarget(
            name: "ProvidersTests",
            dependencies: ["Boundary", "GatewayTesting", "Providers", crypto, cryptoExtras] + coreTargets,
            exclude: ["SES/sign.py"]
        ),
        .testTarget(
            name: "ServerTests",
            dependencies: [
                "Boundary", "GatewayTesting", "Server", httpTypes, hummingbird, hummingbirdTesting, logging,
                .product(name: "NIOPosix", package: "swift-nio"),
            ] + nio + coreTargets
        ),
        .testTarget(
            name: "SMTPServerTests",
            dependencies: [
                "Basics", "GatewayTesting", "Mail", "SMTPServer", "ServerTLS", "Settings", "Submission", lifecycle,
                logging,
                nioPosix, nioSSL, .product(name: "NIOCore", package: "swift-nio"),
            ]
        ),
        .testTarget(
            name: "posthasteTests",
            dependencies: [
                "GatewayTesting", "PasswordReset", "Providers", "SMTPServer", "Server", "ServerTLS", "posthaste",
            ] + coreTargets
        ),
        .testTarget(
            name: "EndToEndTests",
            dependencies: ["Boundary", "GatewayTesting", "posthaste"] + coreTargets,
            exclude: ["Console", "Fronts", "OpenAPI", "Preview", "Reset", "Webhooks"]
        ),
    ]
)

for target in package.targets where target.type != .system {
    target.swiftSettings = strict
}
