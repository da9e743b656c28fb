// SPDX-License-Identifier: Apache-2.0
internal import HummingbirdCore
internal import Logging
internal import NIOCore
internal import NIOHTTPTypes
internal import NIOSSL
internal import ServerTLS
internal import Synchronization

/// HTTP/1.1 connections that are closed even when the server stops before it serves them.
///
/// A server that stops drops the connections that it has accepted and not handled yet, and SwiftNIO traps when a channel is
/// dropped unfinished. Every server of the gateway accepts its connections through this type.
struct AcceptedConnections: ServerChildChannel {
    private let base: HTTP1Channel
    private let certificate: LiveCertificate?

    /// With a certificate each connection begins with a TLS handshake.
    init(_ base: HTTP1Channel, certificate: LiveCertificate?) {
        (self.base, self.certificate) = (base, certificate)
    }

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<AcceptedConnection> {
        if let certificate {
            do {
                let handler = NIOSSLServerHandler(context: certificate.current.context)
                try channel.pipeline.syncOperations.addHandler(handler)
            } catch {
                return channel.eventLoop.makeFailedFuture(error)
            }
        }
        return base.setup(channel: channel, logger: logger).map { AcceptedConnection($0) }
    }

    func handle(value: AcceptedConnection, logger: Logger) async {
        guard let channel = value.take() else { return }
        await base.handle(value: channel, logger: logger)
    }
}

extension HTTPServerBuilder {
    /// An HTTP/1.1 server that can be stopped at any time, whatever its clients do.
    static func stoppable(
        _ configuration: HTTP1Channel.Configuration = .init(),
        certificate: LiveCertificate? = nil
    ) -> HTTPServerBuilder {
        HTTPServerBuilder {
            AcceptedConnections(HTTP1Channel(responder: $0, configuration: configuration), certificate: certificate)
        }
    }
}

/// One accepted connection; it closes itself when it is dropped before ``take()``.
final class AcceptedConnection: ServerChildChannelValue {
    typealias Stream = NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>

    let channel: any Channel
    private let untaken: Mutex<Stream?>

    init(_ stream: Stream) {
        channel = stream.channel
        untaken = Mutex(stream)
    }

    /// Returns the connection once; the caller must finish and close it.
    func take() -> Stream? {
        untaken.withLock { stream in
            defer { stream = nil }
            return stream
        }
    }

    deinit {
        guard let stream = take() else { return }
        Task {
            // The peer may have closed it already.
            try? await stream.executeThenClose { _, _ in }
        }
    }
}
