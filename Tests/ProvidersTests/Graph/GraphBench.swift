// SPDX-License-Identifier: Apache-2.0
import Basics
import Boundary
import Delivery
import GatewayTesting
import Mail
import OAuth
import Synchronization
import Testing

@testable import Providers

/// A Graph provider that speaks HTTP to the stand-in on loopback.
final class GraphBench: Sendable {
    static let account = "noreply@example.org"

    let server: StandInGraphServer
    let tokens: GraphTokens
    let provider: GraphProvider
    let api: GraphAPI

    init(
        permissions: Set<String> = ["Mail.Send", "Mail.ReadWrite"],
        takesLargeMail: Bool = true,
        place: TokenLocation = .clientCredentials,
        timeout: Duration = .seconds(3600),
        _ change: (inout StandInGraph) -> Void = { _ in }
    ) throws {
        var graph = StandInGraph()
        change(&graph)
        server = try StandInGraphServer(graph)
        tokens = GraphTokens(server, permissions)
        api = GraphAPI(
            HTTPSettings(apiURL: try #require(HTTPURL(server.origin)), timeout: timeout),
            account: Self.account,
            remedies: GraphRemedies(provider: "office", account: Self.account, place: place),
            takesLargeMail: takesLargeMail,
            clock: { Timestamp(milliseconds: 1_790_000_000_000) }
        )
        let client = CurlHTTPClient(userAgent: "test")
        provider = GraphProvider(HTTPProvider(api, client: client, tokens: tokens), client: client)
    }

    deinit { server.stop() }

    var graph: StandInGraph { server.graph }

    /// The calls of a mailbox so far.
    var calls: [GraphEndpoint] { graph.log.map(\.endpoint) }

    func plan(_ endpoint: GraphEndpoint, _ fault: GraphScript.Fault) {
        server.change { $0.script.on(endpoint, fault) }
    }

    /// The error of one attempt; nil when it was accepted.
    func failure(of message: OutgoingMessage = GraphBench.message()) async -> DeliveryError? {
        do throws(DeliveryError) {
            _ = try await provider.send(message)
            return nil
        } catch {
            return error
        }
    }

    static func message(attachments: [Mail.Attachment] = []) -> OutgoingMessage {
        var message = SampleMail.plain(1)
        message.html = "<p>Hello 1</p>\n"
        message.attachments = attachments
        return message
    }

    static func file(_ name: String, _ size: Int, inline: Bool = false) -> Mail.Attachment {
        Mail.Attachment(
            checkedFileName: name,
            checkedContentType: inline ? "image/png" : "application/pdf",
            checkedContentID: inline ? "logo@example.org" : nil,
            disposition: inline ? .inline : .attachment,
            content: (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
        )
    }
}

/// Access tokens from the stand-in, without its token endpoint.
final class GraphTokens: TokenSource {
    private let current = Mutex<AccessToken?>(nil)
    private let server: StandInGraphServer
    private let permissions: Set<String>

    init(_ server: StandInGraphServer, _ permissions: Set<String>) {
        (self.server, self.permissions) = (server, permissions)
    }

    func token(replacing rejected: AccessToken?) async throws(DeliveryError) -> AccessToken {
        current.withLock { current in
            if let current, current != rejected { return current }
            let permissions = permissions
            // Far in the future, because the stand-in uses the real time.
            let value = server.change {
                $0.accessToken(for: nil, permissions: permissions, at: Timestamp(milliseconds: 4_000_000_000_000))
            }
            let token = AccessToken(Secret(value), expiresAt: .distantFuture)
            current = token
            return token
        }
    }
}
