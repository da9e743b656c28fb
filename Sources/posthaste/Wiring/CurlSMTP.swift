// SPDX-License-Identifier: Apache-2.0
import Boundary
import Gateway

/// The SMTP client of the gateway, spoken by libcurl.
struct CurlSMTP: SMTPClient {
    let client: CurlSMTPClient

    init(_ endpoint: SMTPEndpoint) {
        var relay = SMTPRelay(
            host: endpoint.host,
            port: endpoint.port,
            security: Self.security(endpoint.security),
            greetingName: endpoint.hostName,
            timeouts: .init(
                connect: endpoint.connectTimeout,
                reply: endpoint.replyTimeout,
                final: endpoint.finalTimeout
            ),
            connections: endpoint.connections
        )
        relay.caFile = endpoint.caFile
        relay.pinnedKey = endpoint.pinnedKey
        client = CurlSMTPClient(relay)
    }

    func submit(_ transaction: SMTPTransaction) async -> SMTPOutcome {
        let submission = SMTPSubmission(
            login: Self.login(transaction.credentials),
            sender: transaction.sender?.description ?? "",
            recipients: transaction.recipients.map(\.description),
            content: transaction.content
        )
        return Self.outcome(await client.submit(submission))
    }

    func signIn(_ credentials: SMTPCredentials) async -> SMTPOutcome {
        Self.outcome(await client.signIn(Self.login(credentials)))
    }

    private static func security(_ security: SMTPEndpoint.Security) -> SMTPRelay.Security {
        switch security {
        case .implicit: .implicit
        case .startTLSRequired: .startTLSRequired
        case .startTLSWhenOffered: .startTLSWhenOffered
        case .none: .none
        }
    }

    private static func login(_ credentials: SMTPCredentials) -> SMTPLogin {
        switch credentials {
        case .none: .none
        case .password(let user, let password, let mechanisms):
            .password(
                user: user,
                password: password.exposed,
                mechanisms: mechanisms.map { $0 == .plain ? .plain : .login }
            )
        case .xoauth2(let user, let token): .xoauth2(user: user, token: token.exposed)
        }
    }

    private static func outcome(_ exchange: SMTPExchange) -> SMTPOutcome {
        SMTPOutcome(
            stage: stage(exchange.stage),
            failure: exchange.failure.map(failure),
            reply: exchange.reply.map { SMTPReply(code: $0.code, text: $0.text) },
            recipients: exchange.recipients.map { SMTPReply(code: $0.code, text: $0.text) },
            detail: exchange.detail
        )
    }

    private static func stage(_ stage: SMTPExchange.Stage) -> SMTPOutcome.Stage {
        switch stage {
        case .prepare: .prepare
        case .resolve: .resolve
        case .connect: .connect
        case .tls: .tls
        case .greeting: .greeting
        case .hello: .hello
        case .startTLS: .startTLS
        case .authentication: .authentication
        case .sender: .sender
        case .recipients: .recipients
        case .data: .data
        case .content: .content
        case .final: .final
        case .accepted: .accepted
        }
    }

    private static func failure(_ failure: SMTPExchange.Failure) -> SMTPOutcome.Failure {
        switch failure {
        case .refused: .refused
        case .timedOut: .timedOut
        case .disconnected: .disconnected
        case .insecure: .insecure
        case .unsupported: .unsupported
        case .cancelled: .cancelled
        }
    }
}
