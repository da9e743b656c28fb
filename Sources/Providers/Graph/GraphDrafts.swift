// SPDX-License-Identifier: Apache-2.0
internal import Basics
internal import Delivery
internal import JSON
internal import Mail
internal import Synchronization

/// Sends messages as drafts to which attachments are uploaded: a sent draft is no draft any more, which resolves a lost response.
///
/// When the response to the send is lost, the provider asks for the draft. If it still exists, the provider deletes it, after which
/// nothing can leave and any provider may take the message. A draft that cannot be deleted may still be sent: the next attempt in
/// this process sends the same draft, so that a send that Microsoft finishes late does not happen twice. The pending drafts are
/// kept in memory only: after a restart, a message gets a new draft.
final class GraphDrafts: Sendable {
    private static let most = 1000

    private struct Key: Hashable {
        let message: String
        let envelope: [EmailAddress]
    }

    /// A complete draft that is not known to be sent.
    private struct Draft {
        let id: String
        /// The Message-ID that Exchange has given it.
        let messageID: String?
        /// True once the response to a send of it was lost.
        var mayBeSent = false
        /// True when the mailbox does not have it.
        var isGone = false
    }

    private enum State {
        case sent
        case waiting
        case unknown
    }

    private let http: HTTPProvider<GraphAPI>
    private let client: any HTTPClient
    private let waiting = Mutex<[Key: Draft]>([:])

    init(_ http: HTTPProvider<GraphAPI>, client: any HTTPClient) {
        self.http = http
        self.client = client
    }

    private var api: GraphAPI { http.api }

    func send(_ message: OutgoingMessage, _ parts: GraphParts) async throws(DeliveryError) -> Receipt {
        let key = Key(message: message.id, envelope: message.envelope)
        let known = waiting.withLock { $0.removeValue(forKey: key) }
        var draft: Draft
        if let known { draft = known } else { draft = try await complete(message, parts) }
        do throws(DeliveryError) {
            return try await finish(&draft)
        } catch {
            if error.kind == .rejected {
                await delete(draft.id)
            } else if !draft.isGone {
                keep(draft, for: key)
            }
            throw error
        }
    }

    // The draft

    private func complete(_ message: OutgoingMessage, _ parts: GraphParts) async throws(DeliveryError) -> Draft {
        let draft = try await create(message, parts)
        do throws(DeliveryError) {
            for attachment in parts.attachments { try await add(attachment, to: draft.id) }
            return draft
        } catch {
            await delete(draft.id)
            throw error.beforeSending
        }
    }

    private func create(_ message: OutgoingMessage, _ parts: GraphParts) async throws(DeliveryError) -> Draft {
        let response: HTTPResponse
        do throws(DeliveryError) {
            response = try await http.answer { (token) throws(DeliveryError) in
                try api.draftRequest(parts.content, of: message, token)
            }
        } catch {
            let isForbidden = error.kind == .misconfigured && Self.missingRight.contains(error.code)
            throw isForbidden ? api.remedies.cannotWrite(error) : error.beforeSending
        }
        let json = response.json
        if let id = json?["id"]?.string, !id.isEmpty {
            return Draft(id: id, messageID: json?["internetMessageId"]?.string)
        }
        throw DeliveryError(.transient, code: "graph.no_draft", detail: "Microsoft Graph made a draft without an id")
    }

    private static let missingRight: Set<String> = [
        "graph.ErrorAccessDenied", "graph.Authorization_RequestDenied", "http.403",
    ]

    private func add(_ attachment: Attachment, to draft: String) async throws(DeliveryError) {
        if attachment.content.count < GraphAPI.sessionMinimum {
            _ = try await http.answer { (token) throws(DeliveryError) in
                try api.attachRequest(attachment, to: draft, token)
            }
            return
        }
        let session = try await http.answer { (token) throws(DeliveryError) in
            try api.sessionRequest(attachment, for: draft, token)
        }
        guard let address = api.uploadAddress(session.json?["uploadUrl"]?.string) else {
            throw Self.uploadFailure("Microsoft Graph opened an upload without a usable address")
        }
        try await upload(attachment.content, to: address)
    }

    private func upload(_ content: [UInt8], to address: HTTPURL) async throws(DeliveryError) {
        var start = 0
        while start < content.count {
            let response = try await put(api.uploadRequest(content, from: start, to: address))
            guard 200..<300 ~= response.status else {
                let failure = api.failure(from: response)
                switch failure.kind {
                case .rejected, .rateLimited: throw failure
                // The address is good for one upload: its end says nothing about the provider's own login.
                case .transient, .authentication, .misconfigured, .uncertain:
                    throw Self.uploadFailure(failure.detail, code: failure.code)
                }
            }
            let end = min(start + GraphAPI.chunkSize, content.count)
            let next = Self.nextStart(response) ?? end
            guard next > start, next <= end, response.status != 201 || end == content.count else {
                throw Self.uploadFailure("Microsoft Graph ended the upload at \(end) of \(content.count) octets")
            }
            start = response.status == 201 ? content.count : next
        }
    }

    private func put(_ request: HTTPRequest) async throws(DeliveryError) -> HTTPResponse {
        do throws(HTTPFailure) { return try await client.perform(request) } catch {
            throw DeliveryError(error).beforeSending
        }
    }

    /// The first octet that is expected next, from `2097152` or `2097152-4194303`.
    private static func nextStart(_ response: HTTPResponse) -> Int? {
        response.json?["nextExpectedRanges"]?.array?.first?.string.flatMap { Int($0.prefix { $0 != "-" }) }
    }

    private static func uploadFailure(_ detail: String, code: String = "graph.upload") -> DeliveryError {
        DeliveryError(.transient, scope: .message, code: code, detail: detail)
    }

    // Sending it

    private func finish(_ draft: inout Draft) async throws(DeliveryError) -> Receipt {
        let id = draft.id
        do throws(DeliveryError) {
            let response = try await http.answer { (token) throws(DeliveryError) in
                try api.sendRequest(draft: id, token)
            }
            return try api.receipt(from: response, id: draft.messageID)
        } catch {
            if error.code == GraphVerdict.itemNotFound { return try gone(&draft) }
            guard error.kind == .uncertain else { throw error }
            draft.mayBeSent = true
            switch await state(of: draft) {
            case .sent: return Receipt(id: draft.messageID, detail: "the response was lost; the draft was sent")
            case .waiting:
                guard await delete(id) else { throw error }
                draft.isGone = true
                throw error.beforeSending
            case .unknown: throw error
            }
        }
    }

    /// The draft is gone: an earlier attempt sent it, or another client sent or deleted it.
    private func gone(_ draft: inout Draft) throws(DeliveryError) -> Receipt {
        if draft.mayBeSent {
            return Receipt(id: draft.messageID, detail: "an earlier attempt, whose response was lost, sent the draft")
        }
        draft.isGone = true
        throw DeliveryError(
            .uncertain,
            code: "graph.draft_gone",
            detail: "the draft was gone before it was sent",
            remedy: api.remedies.lookInSent
        )
    }

    /// A sent message is no draft any more, or has another id in the folder of sent mail.
    private func state(of draft: Draft) async -> State {
        do throws(DeliveryError) {
            let response = try await http.answer { (token) throws(DeliveryError) in
                try api.lookUpRequest(draft: draft.id, token)
            }
            guard case .bool(let isDraft)? = response.json?["isDraft"] else { return .unknown }
            return isDraft ? .waiting : .sent
        } catch {
            return error.code == GraphVerdict.itemNotFound ? .sent : .unknown
        }
    }

    /// Deletes a draft, which would remain in the mailbox; false when it may still be there, or is in the folder of sent mail.
    @discardableResult
    private func delete(_ draft: String) async -> Bool {
        do throws(DeliveryError) {
            _ = try await http.answer { (token) throws(DeliveryError) in try api.deleteRequest(draft: draft, token) }
            return true
        } catch {
            return false
        }
    }

    private func keep(_ draft: Draft, for key: Key) {
        waiting.withLock { waiting in
            // Any entry may be removed: each is useful only until the next attempt, which most have had by then.
            if waiting.count >= Self.most, let other = waiting.keys.first { waiting[other] = nil }
            waiting[key] = draft
        }
    }
}

extension DeliveryError {
    /// The same error, with an uncertain outcome as transient: nothing was sent.
    fileprivate var beforeSending: DeliveryError {
        guard kind == .uncertain else { return self }
        return DeliveryError(.transient, scope: scope, code: code, detail: detail, remedy: nil)
    }
}
