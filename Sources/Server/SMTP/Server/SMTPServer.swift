// SPDX-License-Identifier: Apache-2.0
package import Logging
internal import NIOCore
internal import NIOPosix
internal import NIOSSL
package import ServerTLS
internal import ServiceLifecycle
package import Settings

/// Listens for SMTP clients on one address, until shutdown.
///
/// Several servers share their connections' limits. At shutdown a mail that is being received may end, within a limit; all other
/// connections get 421.
package struct SMTPServer: Service {
    /// What the server gets from the gateway.
    package struct Services: Sendable {
        package let submission: any SMTPSubmission
        package let connections: SMTPConnections
        /// Needed by listeners with TLS.
        package let certificate: LiveCertificate?
        package let observe: @Sendable (SMTPServerEvent) -> Void
        package let logger: Logger

        package init(
            submission: any SMTPSubmission,
            connections: SMTPConnections,
            certificate: LiveCertificate?,
            observe: @escaping @Sendable (SMTPServerEvent) -> Void = { _ in },
            logger: Logger
        ) {
            self.submission = submission
            self.connections = connections
            self.certificate = certificate
            self.observe = observe
            self.logger = logger
        }
    }

    private let listener: SMTPListener
    private let services: Services
    private let onListening: @Sendable (Int) -> Void

    /// `onListening` gets the port once the server listens.
    package init(
        _ listener: SMTPListener,
        _ services: Services,
        onListening: @escaping @Sendable (Int) -> Void = { _ in }
    ) {
        self.listener = listener
        self.services = services
        self.onListening = onListening
    }

    /// Serves until shutdown.
    ///
    /// Throws when the address cannot be listened on.
    package func run() async throws {
        let channel = try await bootstrap.bind(host: listener.address.host, port: listener.address.port).get()
        onListening(channel.localAddress?.port ?? listener.address.port)
        // An error is the cancellation of the task, at which the server ends too.
        try? await gracefulShutdown()
        // It may be closed already.
        try? await channel.close()
        services.connections.stop()
        await services.connections.drain(within: services.connections.settings.drain)
    }

    /// Listens on an address for a moment; throws when that is impossible.
    package static func tryListening(on address: ListenAddress) async throws {
        let bootstrap = ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
        try await bootstrap.bind(host: address.host, port: address.port).get().close()
    }

    private var bootstrap: ServerBootstrap {
        ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.backlog, value: 256)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelInitializer { [logger = services.logger] channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(AcceptPause(logger: logger))
                }
            }
            .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
            // A client may close its side after its last command and still read the replies.
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelInitializer { [listener, services] channel in
                channel.eventLoop.makeCompletedFuture {
                    if listener.security == .implicit, let certificate = services.certificate?.current {
                        try channel.pipeline.syncOperations.addHandler(
                            NIOSSLServerHandler(context: certificate.context)
                        )
                    }
                    try channel.pipeline.syncOperations.addHandler(SMTPConnection(listener.security, services))
                }
            }
    }
}
