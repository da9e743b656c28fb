// SPDX-License-Identifier: Apache-2.0
internal import Delivery
internal import Mail

/// Sends from one mailbox through Gmail's API.
struct GmailProvider: Provider {
    private let http: HTTPProvider<GmailAPI>
    private let drafts: GmailDrafts?
    private let account: String

    init(_ http: HTTPProvider<GmailAPI>, delivery: GmailDelivery, account: String) {
        self.http = http
        drafts = delivery == .draft ? GmailDrafts(http) : nil
        self.account = account
    }

    var capabilities: Capabilities { http.capabilities }

    func send(_ message: OutgoingMessage) async throws(DeliveryError) -> Receipt {
        if let drafts { return try await drafts.send(message) }
        return try await http.send(message)
    }

    /// Learns whether the token is good and may send, the API is enabled and the mailbox has Gmail.
    ///
    /// It asks Gmail to send no message at all, the one call that any login with the right to send allows. Whose mailbox it
    /// is can be seen with wider rights only.
    func probe() async throws(DeliveryError) {
        do throws(DeliveryError) {
            _ = try await http.answer { (token) throws(DeliveryError) in try http.api.emptySendRequest(token: token) }
        } catch {
            // Gmail misses the message: everything before it was right.
            guard error.kind == .rejected else { throw error }
        }
        guard let actual = await profile(), !isOwn(actual), await !aliases().contains(where: isOwnAlias) else { return }
        throw http.api.remedies.otherAccount(actual)
    }

    /// The address of the mailbox; nil where the login does not allow to see it.
    private func profile() async -> String? {
        // That the login is good is known; a failure here says nothing about sending.
        let answer = try? await http.answer { (token) throws(DeliveryError) in
            try http.api.profileRequest(token: token)
        }
        return answer.flatMap { GmailAnswer($0)?.emailAddress }
    }

    private func aliases() async -> [GmailAnswer.Alias] {
        // As above.
        let answer = try? await http.answer { (token) throws(DeliveryError) in
            try http.api.aliasesRequest(token: token)
        }
        return answer.flatMap { GmailAnswer($0)?.sendAs } ?? []
    }

    private func isOwn(_ address: String) -> Bool { address.lowercased() == account.lowercased() }

    private func isOwnAlias(_ alias: GmailAnswer.Alias) -> Bool { alias.sendAsEmail.map(isOwn) ?? false }
}

extension GmailProvider: AdvisingProvider {
    func advice(from senders: [EmailAddress]) async -> [String] {
        let foreign = senders.filter { !isOwn($0.description) }
        guard !foreign.isEmpty else { return [] }
        let allowed = Set(await aliases().filter(\.isVerified).compactMap { $0.sendAsEmail?.lowercased() })
        guard !allowed.isEmpty else { return [http.api.remedies.unknownSenders] }
        return foreign.filter { !allowed.contains($0.canonical) }.map(http.api.remedies.foreignSender)
    }
}
