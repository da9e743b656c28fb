// SPDX-License-Identifier: Apache-2.0
internal import Delivery
internal import Mail

/// Sends from one mailbox with Microsoft Graph: in one request, or as a draft when the message does not fit into one.
struct GraphProvider: Provider {
    private let http: HTTPProvider<GraphAPI>
    private let drafts: GraphDrafts

    /// `client` uploads attachments, which takes no token.
    init(_ http: HTTPProvider<GraphAPI>, client: any HTTPClient) {
        self.http = http
        drafts = GraphDrafts(http, client: client)
    }

    var capabilities: Capabilities { http.capabilities }
    var maxMessageBytes: Int? { http.maxMessageBytes }

    func send(_ message: OutgoingMessage) async throws(DeliveryError) -> Receipt {
        let api = http.api
        if let content = GraphParts.whole(message) {
            let response = try await http.answer { (token) throws(DeliveryError) in
                try api.sendRequest(content, of: message, token)
            }
            return try api.receipt(from: response, for: message)
        }
        guard api.takesLargeMail, let parts = GraphParts(message) else { throw api.remedies.tooLarge }
        return try await drafts.send(message, parts)
    }

    func probe() async throws(DeliveryError) { try await http.probe() }
}

extension GraphProvider: AdvisingProvider {
    func advice(from senders: [EmailAddress]) async -> [ProviderAdvice] { await http.advice(from: senders) }
}

/// A message that does not fit into one request: a draft, and the attachments that are added to it.
struct GraphParts: Sendable {
    /// The MIME message without those attachments.
    let content: [UInt8]
    let attachments: [Attachment]

    /// The whole message; nil when it does not fit into one request.
    static func whole(_ message: OutgoingMessage) -> [UInt8]? {
        // A message with large attachments is not written first.
        guard encodedSize(message.attachments) <= GraphAPI.mimeLimit else { return nil }
        let content = GraphAPI.content(of: message)
        return content.count <= GraphAPI.mimeLimit ? content : nil
    }

    /// Takes out as few attachments as possible, the largest first; nil when the rest does not fit either.
    init?(_ message: OutgoingMessage) {
        var kept = message
        var largestFirst = message.attachments.indices.sorted {
            message.attachments[$0].content.count > message.attachments[$1].content.count
        }[...]
        var taken: Set<Int> = []
        while true {
            kept.attachments = message.attachments.indices.filter { !taken.contains($0) }.map {
                message.attachments[$0]
            }
            if let content = Self.whole(kept) {
                self.content = content
                attachments = taken.sorted().map { message.attachments[$0] }
                return
            }
            guard let next = largestFirst.popFirst() else { return nil }
            taken.insert(next)
        }
    }

    private static func encodedSize(_ attachments: [Attachment]) -> Int {
        attachments.reduce(0) { $0 + $1.content.count / 3 * 4 }
    }
}
