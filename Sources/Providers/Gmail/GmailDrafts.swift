// SPDX-License-Identifier: Apache-2.0
internal import Delivery
internal import Mail
internal import Synchronization

/// Sends each message as a draft: a sent draft no longer exists, which resolves a lost response.
///
/// When the response to the send is lost, the provider checks whether the draft still exists. If it does, the provider deletes it,
/// after which nothing can leave and any provider may take the message. A draft that cannot be deleted may still be sent: the next
/// attempt in this process sends the same draft, so that a send that Gmail finishes late does not happen twice. The pending drafts
/// are kept in memory only: after a restart, a message gets a new draft.
final class GmailDrafts: Sendable {
    private static let most = 10_000

    private struct Key: Hashable {
        let message: String
        let envelope: [EmailAddress]
    }

    private let http: HTTPProvider<GmailAPI>
    /// A created draft that is not known to be sent.
    private struct Draft {
        let id: String
        /// True once the response to a send of it was lost.
        var mayBeSent = false
        /// True when Gmail does not have it.
        var isGone = false
    }

    private let waiting = Mutex<[Key: Draft]>([:])

    init(_ http: HTTPProvider<GmailAPI>) {
        self.http = http
    }

    func send(_ message: OutgoingMessage) async throws(DeliveryError) -> Receipt {
        let key = Key(message: message.id, envelope: message.envelope)
        let known = waiting.withLock { $0.removeValue(forKey: key) }
        var draft: Draft
        if let known { draft = known } else { draft = Draft(id: try await create(message)) }
        do throws(DeliveryError) {
            return try await finish(&draft)
        } catch {
            if error.kind == .rejected {
                await delete(draft)
            } else if !draft.isGone {
                keep(draft, for: key)
            }
            throw error
        }
    }

    private func create(_ message: OutgoingMessage) async throws(DeliveryError) -> String {
        let response: HTTPResponse
        do throws(DeliveryError) {
            response = try await http.answer { (token) throws(DeliveryError) in
                try http.api.draftRequest(for: message, token: token)
            }
        } catch {
            throw error.kind == .uncertain ? error.asTransient : error
        }
        if let id = GmailAnswer(response)?.id, !id.isEmpty { return id }
        throw DeliveryError(.transient, code: "gmail.no_draft", detail: "Gmail made a draft without an id")
    }

    private func finish(_ draft: inout Draft) async throws(DeliveryError) -> Receipt {
        let id = draft.id
        do throws(DeliveryError) {
            let response = try await http.answer { (token) throws(DeliveryError) in
                try http.api.sendRequest(draft: id, token: token)
            }
            return try http.api.receipt(from: response)
        } catch {
            if error.code == Self.notFound { return try gone(&draft) }
            guard error.kind == .uncertain else { throw error }
            draft.mayBeSent = true
            switch await state(of: draft) {
            case .gone: return Receipt(id: id)
            case .waiting:
                guard await delete(draft) else { throw error }
                draft.isGone = true
                throw error.asTransient
            case .unknown: throw error
            }
        }
    }

    /// The draft is gone: an earlier attempt sent it, or another client sent or deleted it.
    private func gone(_ draft: inout Draft) throws(DeliveryError) -> Receipt {
        if draft.mayBeSent { return Receipt(id: draft.id) }
        draft.isGone = true
        throw DeliveryError(
            .uncertain,
            code: "gmail.draft_gone",
            detail: "the draft was gone before it was sent",
            remedy: http.api.remedies.lookInSent
        )
    }

    private enum State {
        case gone
        case waiting
        case unknown
    }

    private static let notFound = "gmail.notFound"

    private func state(of draft: Draft) async -> State {
        do throws(DeliveryError) {
            _ = try await http.answer { (token) throws(DeliveryError) in
                try http.api.lookUpRequest(draft: draft.id, token: token)
            }
            return .waiting
        } catch {
            return error.code == Self.notFound ? .gone : .unknown
        }
    }

    /// Deletes a draft, which would remain in the mailbox; false when it may still be there, or was sent.
    @discardableResult
    private func delete(_ draft: Draft) async -> Bool {
        do throws(DeliveryError) {
            _ = try await http.answer { (token) throws(DeliveryError) in
                try http.api.deleteRequest(draft: draft.id, token: token)
            }
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
    /// The same error as transient, when it is known that nothing was sent.
    fileprivate var asTransient: DeliveryError {
        DeliveryError(.transient, scope: scope, code: code, detail: detail, remedy: nil)
    }
}
