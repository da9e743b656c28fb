// SPDX-License-Identifier: Apache-2.0
import SMTPServer
import Server
import Settings

/// Prints the addresses of a gateway that listens.
enum Welcome {
    static func show(_ config: LoadedConfig) {
        // Written at once, so that a reader that closes the pipe after the first line does not end the gateway.
        Terminal.line(lines(config).joined(separator: "\n"))
    }

    static func lines(_ config: LoadedConfig) -> [String] {
        let settings = config.settings
        let address = settings.listenURL
        var rows = [
            ("API", "\(address)/v1/messages, described in \(address)/openapi.yaml"),
            ("health", "\(address)/readyz"),
            ("metrics", "\(address)/metrics"),
            ("settings", config.file.path),
            ("store", settings.store.name),
            ("templates", settings.templates),
        ]
        for listener in settings.smtp?.listeners ?? [] {
            rows.insert(("SMTP", "\(listener.address), TLS: \(listener.security.words)"), at: 1)
        }
        if settings.console.isEnabled {
            rows.insert(("console", "\(address)/console; `posthaste console` prints a link to sign in"), at: 1)
        }
        let pages = config.features.summaries.flatMap(\.pages).map { ($0.name, "\(address)\($0.path)") }
        rows.insert(contentsOf: pages, at: 2)
        return ["Posthaste serves on \(address)"] + rows.map { "  \(MessageText.row($0.0, $0.1))" }
    }
}
