// SPDX-License-Identifier: Apache-2.0
import Basics
import Boundary
import Feedback
import Logging
import Monitoring
import Queue
import SMTPServer
import Server
import ServerTLS
import ServiceLifecycle
import Settings
import Storage
import Submission

/// The SMTP listeners of a serving gateway.
struct RunningSMTP: Sendable {
    private let settings: SMTPListeningSettings
    private let services: SMTPServer.Services

    /// Reads the certificate; nil without the section `smtp`.
    static func open(
        _ live: LiveConfig,
        _ submission: GatewaySubmission,
        _ certificates: Certificates,
        _ metrics: Metrics,
        _ logger: Logger
    ) throws(CommandFailure) -> RunningSMTP? {
        guard let settings = live.settings.smtp else { return nil }
        let certificate = try settings.certificate.map { files throws(CommandFailure) in
            try certificates.certificate(files)
        }
        let services = SMTPServer.Services(
            submission: submission,
            connections: SMTPConnections(settings.server(live.settings.bounceAddresses)),
            certificate: certificate,
            observe: { event in
                switch event {
                case .connected(let security): metrics.smtpConnected(security.rawValue)
                case .refused(let reason): metrics.smtpRejected(reason.rawValue)
                case .handshakeFailed: metrics.smtpRejected("handshake")
                }
            },
            logger: logger
        )
        return RunningSMTP(settings: settings, services: services)
    }

    /// One server for each listener; `onListening` is called by each of them.
    func servers(onListening: @escaping @Sendable () -> Void) -> [any Service] {
        settings.listeners.enumerated().map { position, listener in
            SMTPListening(
                server: SMTPServer(listener, services) { _ in
                    note(listener)
                    onListening()
                },
                address: listener.address,
                setting: "`smtp.listen[\(position)].address`"
            )
        }
    }

    var count: Int { settings.listeners.count }

    private func note(_ listener: SMTPListener) {
        var metadata: Logger.Metadata = ["address": "\(listener.address)", "tls": "\(listener.security.words)"]
        if listener.security != .plain, let certificate = services.certificate?.current {
            metadata["certificate"] = "\(certificate.namesText)"
            metadata["expires"] = "\(certificate.notAfter)"
        }
        services.logger.notice("SMTP listens", metadata: metadata)
    }

    /// Logs the entries of `trusted` whose key cannot send.
    func checkTrusted() async {
        for trust in services.connections.settings.trusted {
            guard case .refused = await services.submission.logIn(asKey: trust.key) else { continue }
            services.logger.error(
                "`smtp.trusted` names a key that does not exist, or that lacks the scope send: its clients cannot send",
                metadata: ["network": "\(trust.network)", "key": "\(trust.key)"]
            )
        }
    }

    /// Applies new settings to new connections.
    func configure(_ settings: GatewaySettings) {
        guard let smtp = settings.smtp else { return }
        services.connections.configure(smtp.server(settings.bounceAddresses))
    }

    var readings: [MetricsReading] {
        [
            MetricsReading(
                "posthaste_smtp_connections",
                "Open connections of the SMTP listeners.",
                value: Double(services.connections.count)
            )
        ]
    }
}

extension SMTPSecurity {
    /// The word of the setting `tls`.
    var words: String { self == .plain ? "none" : rawValue }
}

/// A server on one of the addresses of `smtp.listen`.
private struct SMTPListening: Service {
    let server: SMTPServer
    let address: ListenAddress
    let setting: String

    func run() async throws {
        do {
            try await server.run()
        } catch let error as CancellationError {
            throw error
        } catch {
            throw CommandFailure(ListenFailure(error).words("\(address)", setting: setting))
        }
    }
}

extension GatewaySubmission.Services {
    /// The services of a gateway that is being opened.
    init(
        _ live: LiveConfig,
        _ store: OpenStore,
        keys: APIKeyCache,
        submission: MessageSubmission,
        feedback: any FeedbackIntake,
        metrics: Metrics,
        logger: Logger
    ) {
        self.init(
            keys: keys,
            submission: submission,
            bounces: StoredBounces(
                addresses: { live.settings.bounceAddresses },
                messages: StoredSentMessages(store.stores.messages),
                feedback: feedback,
                clock: ProcessContext.clock,
                onUnproven: { metrics.bounceUnproven() }
            ),
            templates: { live.state.templates.templates },
            canStore: { await store.canStore() },
            settings: {
                let settings = live.settings.smtp
                return GatewaySubmission.Settings(
                    hostname: settings?.hostname ?? "localhost",
                    showsPrivateClients: settings?.showsPrivateClients ?? false
                )
            },
            ids: IDs(clock: ProcessContext.clock, random: ProcessContext.random),
            clock: ProcessContext.clock,
            onAccepted: { metrics.accepted($0, via: .smtp) },
            onStoreFailure: { logger.error("a mail over SMTP was not stored", metadata: ["cause": "\($0)"]) }
        )
    }
}
