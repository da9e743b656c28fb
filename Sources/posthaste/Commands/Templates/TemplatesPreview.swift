// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Basics
import Logging
import Monitoring
import Server
import ServiceLifecycle
import Templates
import UnixSignals

struct TemplatesPreview: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "preview",
        abstract: "A page on this machine that shows each mail and follows every edit.",
        discussion: """
            Choose template, brand, language, light or dark, phone or desktop; edit the sample data in place; see the HTML part, \
            the text part and the source, with the findings of lint beside them; send the mail to yourself. Ctrl-C ends it.
            """
    )

    @OptionGroup var source: TemplatesOptions
    @Option(name: .long, help: "The port on 127.0.0.1 (else any free one).")
    var port = 0
    @Flag(name: .long, help: "Show the page in a browser.")
    var open = false

    private static let host = "127.0.0.1"
    /// The time for requests in progress when the preview stops.
    private static let grace = Duration.seconds(2)

    func validate() throws {
        guard (0...65_535).contains(port) else { throw ValidationError("A port is a number from 0 to 65535.") }
    }

    func run() async throws {
        let work = try source.open()
        let logger = Self.logger()
        let changes = PreviewChanges(first: Int(ProcessContext.random() % 1_000_000_000))
        let server = HTTPServer(
            Self.api(work, changes).endpoints,
            front: Self.front(logger),
            settings: HTTPServer.Settings(host: Self.host, port: port),
            logger: logger
        ) { [open] port in
            let address = "http://\(Self.host):\(port)/"
            Terminal.line("Preview of \(work.folder) on \(address)")
            if open { Browser.open(address) }
        }
        // Services stop in reverse order.
        var configuration = ServiceGroupConfiguration(
            services: [server, PreviewWatch(library: work.library, changes: changes)],
            gracefulShutdownSignals: [.sigint, .sigterm],
            logger: logger
        )
        configuration.maximumGracefulShutdownDuration = Self.grace
        do {
            try await ServiceGroup(configuration: configuration).run()
        } catch is CancellationError {
            // Requests that are cut off here do not matter.
        } catch {
            throw CommandFailure(ListenFailure(error).words("\(Self.host):\(port)", setting: "--port, or leave it out"))
        }
    }

    private static func api(_ work: TemplateWork, _ changes: PreviewChanges) -> PreviewAPI {
        PreviewAPI(
            PreviewAPI.Sources(
                folder: work.folder,
                library: work.library,
                defaultBrand: work.defaultBrand,
                locales: { work.locales(of: $0, brand: $1) },
                changes: changes,
                sending: PreviewPost(work)
            )
        )
    }

    /// The request pipeline for local clients; there are no keys.
    private static func front(_ logger: Logger) -> RequestPipeline {
        RequestPipeline(
            authenticate: { _ throws(StoreError) in nil },
            trustedProxies: [],
            publicHost: nil,
            metrics: Metrics(),
            logger: logger,
            seed: ProcessContext.random()
        )
    }

    private static func logger() -> Logger {
        let sink = LogSink.standardError(LogSettings(level: .error))
        return Logger(label: "posthaste.preview") { _ in SinkLogHandler(sink: sink) }
    }
}

/// Polls the templates folder, and notifies the page of changes.
struct PreviewWatch: Service {
    let library: TemplateLibrary
    let changes: PreviewChanges

    /// Short enough that an edit shows within a second.
    private static let interval = Duration.milliseconds(250)

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                if library.reload() { changes.announce() }
                // A cancelled sleep ends the loop.
                try? await Task.sleep(for: Self.interval)
            }
        }
        // Requests that wait for a change would delay the shutdown of the server.
        changes.close()
    }
}
