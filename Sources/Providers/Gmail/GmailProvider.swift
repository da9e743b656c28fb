// SPDX-License-Identifier: Apache-2.0
internal import Delivery
internal import Mail

/// Sends from one mailbox with Gmail's API.
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

    /// Checks that the token is valid and may send, that the API is enabled, and that the mailbox has Gmail.
    ///
    /// It sends an empty message request, the only call that every scope for sending allows. Reading the mailbox's address needs
    /// a wider scope.
    func probe() async throws(DeliveryError) {
        do throws(DeliveryError) {
            _ = try await http.answer { (token) throws(DeliveryError) in try http.api.emptySendRequest(token: token) }
        } catch {
            // Gmail rejects only the missing message: all earlier checks passed.
            guard error.kind == .rejected else { throw error }
        }
        guard let actual = await profile(), !isOwn(actual), await !aliases().contains(where: isOwnAlias) else { return }
        throw http.api.remedies.otherAccount(actual)
    }

    /// The address of the mailbox; nil when the scope does not permit reading it.
    private func profile() async -> String? {
        // The login is known to be valid; a failure here says nothing about sending.
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
    func advice(from senders: [EmailAddress]) async -> [ProviderAdvice] {
        let foreign = senders.filter { !isOwn($0.description) }
        guard !foreign.isEmpty else { return [] }
        let allowed = Set(await aliases().filter(\.isVerified).compactMap { $0.sendAsEmail?.lowercased() })
        guard !allowed.isEmpty else { return [.init(isFault: false, http.api.remedies.unknownSenders)] }
        return foreign.filter { !allowed.contains($0.canonical) }.map {
            ProviderAdvice(isFault: false, http.api.remedies.foreignSender($0))
        }
    }
}
