// SPDX-License-Identifier: Apache-2.0
package import Basics
package import Feedback
internal import Mail
internal import Queue
package import Submission

/// Takes received mail into the gateway: logins by API key, and mail by ``MessageSubmission``.
package struct GatewaySubmission: SMTPSubmission {
    /// What it needs of the gateway, some of which may change while it runs.
    package struct Services: Sendable {
        package var keys: APIKeyCache
        package var submission: MessageSubmission
        /// Takes mail to the bounce domain.
        package var bounces: any BounceIntake
        package var templates: @Sendable () -> any MailTemplates
        /// False while nothing can be stored.
        package var canStore: @Sendable () async -> Bool
        package var settings: @Sendable () -> Settings
        package var ids: IDs
        package var clock: Clock
        /// Gets the number of messages that were stored.
        package var onAccepted: @Sendable (Int) -> Void
        /// Gets the reason why a mail was not stored, when the store is at fault.
        package var onStoreFailure: @Sendable (_ reason: String) -> Void

        package init(
            keys: APIKeyCache,
            submission: MessageSubmission,
            bounces: any BounceIntake,
            templates: @escaping @Sendable () -> any MailTemplates,
            canStore: @escaping @Sendable () async -> Bool,
            settings: @escaping @Sendable () -> Settings,
            ids: IDs,
            clock: @escaping Clock,
            onAccepted: @escaping @Sendable (Int) -> Void,
            onStoreFailure: @escaping @Sendable (_ reason: String) -> Void
        ) {
            self.keys = keys
            self.submission = submission
            self.bounces = bounces
            self.templates = templates
            self.canStore = canStore
            self.settings = settings
            self.ids = ids
            self.clock = clock
            self.onAccepted = onAccepted
            self.onStoreFailure = onStoreFailure
        }
    }

    package struct Settings: Sendable {
        package var hostname: String
        /// Whether `Received` shows the address of a client in a private network.
        package var showsPrivateClients: Bool
        /// How long a commit may take.
        package var commitLimit = Duration.seconds(8)

        package init(hostname: String, showsPrivateClients: Bool) {
            (self.hostname, self.showsPrivateClients) = (hostname, showsPrivateClients)
        }
    }

    /// The most recipients of one stored message.
    private static let recipientsPerMessage = 50

    private let services: Services

    package init(_ services: Services) {
        self.services = services
    }

    // MARK: Logins

    package func logIn(_ credentials: SMTPCredentials) async -> SMTPLoginAnswer {
        do throws(StoreError) {
            let principal = try await services.keys.authenticate(credentials.password.exposed, acceptsOld: true)
            return Self.answer(principal, user: credentials.user, otherwise: .badLogin)
        } catch {
            return .unavailable(.keysUnavailable)
        }
    }

    package func logIn(asKey name: String) async -> SMTPLoginAnswer {
        do throws(StoreError) {
            return Self.answer(try await services.keys.principal(named: name), user: nil, otherwise: .trustedKeyMissing)
        } catch {
            return .unavailable(.storeUnavailable)
        }
    }

    private static func answer(_ principal: Principal?, user: String?, otherwise: SMTPReply) -> SMTPLoginAnswer {
        guard let principal else { return .refused(otherwise) }
        guard principal.scopes.contains(.send) else { return .refused(.loginMayNotSend) }
        return .accepted(SMTPLogin(principal: principal, user: user))
    }

    // MARK: MAIL

    package func refusal(of sender: SMTPSender, from login: SMTPLogin) async -> SMTPReply? {
        do throws(StoreError) {
            // The key may have been revoked since the login.
            guard let id = login.principal.keyID, try await services.keys.isValid(id) else { return .keyRevoked }
        } catch {
            return .storeUnavailable
        }
        guard maySend(sender, login.principal) else {
            return .senderNotAllowed(sender.text, key: login.principal.keyName ?? "")
        }
        return await services.canStore() ? nil : .storeUnavailable
    }

    private func maySend(_ sender: SMTPSender, _ principal: Principal) -> Bool {
        guard let patterns = principal.from else { return true }
        switch sender {
        case .null: return true
        case .unqualified: return false
        case .address(let address):
            if patterns.contains(where: { SenderPattern($0)?.matches(address) ?? false }) { return true }
            let templates = services.templates()
            let brands = templates.brandNames.lazy.filter { principal.sees(brand: $0) }
            return brands.contains { templates.brand($0)?.from?.address.canonical == address.canonical }
        }
    }

    // MARK: The end of a mail

    package func submit(_ mail: ReceivedMail) async -> SMTPReply {
        if mail.envelope.admission == .report { return await take(report: mail) }
        guard let login = mail.login else { return .storeUnavailable }
        let (settings, now) = (services.settings(), services.clock())
        let id = services.ids.next("smtp_")
        let raw: RawMessage
        do throws(RawMessageError) {
            raw = try prepare(mail, id, settings, now)
        } catch {
            return SMTPReply(error.reply.code, error.reply.enhanced, error.description, refusal: .content)
        }
        let requests = self.requests(mail, raw, login)
        if raw.options.isTest { return check(requests, login) }
        let replay: IdempotencyKey?
        do throws(Problem) {
            replay = try raw.options.idempotencyKey.map { key throws(Problem) in
                try IdempotencyKey(key, path: "smtp", body: Self.identity(mail, raw))
            }
        } catch {
            return .badContent(error.detail)
        }
        return await store(requests, login, replay, raw, limit: settings.commitLimit)
    }

    /// Takes what a report proves; the report itself is not kept, and never becomes mail.
    private func take(report mail: ReceivedMail) async -> SMTPReply {
        do throws(StoreError) {
            try await services.bounces.take(
                BounceMail(
                    mail.content,
                    recipients: mail.envelope.recipients,
                    hasNullSender: mail.envelope.sender == .null
                )
            )
            return .reportTaken
        } catch {
            services.onStoreFailure("\(error)")
            return .storeUnavailable
        }
    }

    private func prepare(
        _ mail: ReceivedMail,
        _ id: String,
        _ settings: Settings,
        _ now: Timestamp
    ) throws(RawMessageError) -> RawMessage {
        let rules = services.submission.rawMessages
        let sender: Mailbox? = if case .address(let address) = mail.envelope.sender { Mailbox(address) } else { nil }
        var raw = try RawMessage(
            preparing: mail.content,
            RawMessage.Completion(
                uniqueID: id,
                date: now,
                from: sender,
                serverNames: rules.serverNames,
                options: rules.options
            )
        )
        raw.putInFront([("Received", ReceivedField.value(mail, id: id, settings, now))])
        return raw
    }

    /// What a repeat of a mail has in common with it.
    private static func identity(_ mail: ReceivedMail, _ raw: RawMessage) -> [UInt8] {
        let envelope = [mail.envelope.sender.text] + mail.envelope.recipients.map(\.canonical)
        return Array(envelope.joined(separator: "\n").utf8) + [0] + raw.repeatable
    }

    private func requests(_ mail: ReceivedMail, _ raw: RawMessage, _ login: SMTPLogin) -> [SendRequest] {
        let recipients = mail.envelope.recipients
        var request = SendRequest(via: .smtp)
        // The options in the header are those of the requests.
        request.raw = PreparedRaw(raw).map { .prepared($0) }
        if raw.options.brand == nil { request.brand = brand(of: login) }
        return stride(from: 0, to: recipients.count, by: Self.recipientsPerMessage).map { start in
            let part = recipients[start..<min(start + Self.recipientsPerMessage, recipients.count)]
            request.to = SendRequest.Addresses(part.map { Mailbox($0) })
            return request
        }
    }

    /// A user name that is a brand of the key picks that brand.
    private func brand(of login: SMTPLogin) -> String? {
        guard let user = login.user, login.principal.sees(brand: user) else { return nil }
        return services.templates().brand(user).map(\.name)
    }

    private func check(_ requests: [SendRequest], _ login: SMTPLogin) -> SMTPReply {
        do throws(Problem) {
            let results = try services.submission.check(requests, from: login.principal)
            return results.lazy.compactMap(\.problem).first.map { SMTPReply($0) } ?? .checked
        } catch {
            return SMTPReply(error)
        }
    }

    /// Stores the mail within the limit of time.
    ///
    /// A commit that has not begun by then is withdrawn, so that the client may send the mail again. One that is under way gets a
    /// little more time: a mail that comes twice is better than one that is lost.
    private func store(
        _ requests: [SendRequest],
        _ login: SMTPLogin,
        _ replay: IdempotencyKey?,
        _ raw: RawMessage,
        limit: Duration
    ) async -> SMTPReply {
        let (first, withdrawal) = (FirstAnswer<SMTPReply>(), Withdrawal())
        return await first.value { answer in
            let timer = Task {
                do {
                    try await Task.sleep(for: limit)
                    if !withdrawal.withdraw() { try await Task.sleep(for: Self.spare) }
                } catch {
                    // The mail has its answer.
                    return
                }
                services.onStoreFailure("the commit took longer than \(limit.words)")
                answer(.storeUnavailable)
            }
            Task {
                defer { timer.cancel() }
                do throws(Problem) {
                    let results = try await services.submission.accept(
                        requests,
                        from: login.principal,
                        replay: replay,
                        admission: { _ in withdrawal.begin() }
                    )
                    answer(self.reply(results, raw.options))
                } catch {
                    if let cause = error.cause { services.onStoreFailure(cause) }
                    answer(error.status == 429 ? .storeUnavailable : SMTPReply(error, raw.options))
                }
            }
        }
    }

    /// The time of a commit that is under way at the limit.
    private static let spare = Duration.milliseconds(1500)

    private func reply(_ results: [SubmissionResult], _ options: HeaderOptions) -> SMTPReply {
        if let problem = results.lazy.compactMap(\.problem).first { return SMTPReply(problem, options) }
        let messages = results.compactMap(\.message)
        services.onAccepted(messages.count { !$0.isReplayed })
        return messages.first.map { .queued($0.id) } ?? .storeUnavailable
    }
}
