// SPDX-License-Identifier: Apache-2.0
package import Basics
internal import Delivery
package import Feedback
internal import HTTPTypes
internal import Mail
package import Queue
internal import Submission
internal import Synchronization
package import Templates

/// The links for unsubscribing (RFC 8058): a page that asks, a call that unsubscribes, and a way back.
package struct UnsubscribeAPI: Sendable {
    package struct Services: Sendable {
        var suppressions: any SuppressionStore
        /// Nil in a gateway that keeps no events.
        var feedback: (any FeedbackIntake)?
        /// The current sealing keys; nil without any.
        var sealing: @Sendable () -> SecretSealing?
        /// The current brand of a name, or the default one; nil when it has a fault.
        var brand: @Sendable (String?) -> Brand?
        var publicURL: @Sendable () -> String
        /// Called after an address was unsubscribed and before the caller gets the response.
        var onAddition: @Sendable () -> Void
        var clock: Clock

        package init(
            suppressions: any SuppressionStore,
            feedback: (any FeedbackIntake)?,
            sealing: @escaping @Sendable () -> SecretSealing?,
            brand: @escaping @Sendable (String?) -> Brand?,
            publicURL: @escaping @Sendable () -> String,
            onAddition: @escaping @Sendable () -> Void,
            clock: @escaping Clock
        ) {
            self.suppressions = suppressions
            self.feedback = feedback
            self.sealing = sealing
            self.brand = brand
            self.publicURL = publicURL
            self.onAddition = onAddition
            self.clock = clock
        }
    }

    private static let retryAfter = 60

    private let services: Services
    private let limits = UnsubscribeLimits()

    package init(_ services: Services) {
        self.services = services
    }

    /// Mail programs send any body or none, and no cookie (RFC 8058 section 3.2): what the body says is not needed.
    package var endpoints: [Endpoint] {
        [
            endpoint(.get, "/u/{token}") { visit throws(StoreError) in
                let isDone = try await unsubscribed(visit.token) != nil
                return isDone ? visit.pages.done(visit.token, visit.text) : visit.pages.ask(visit.token)
            },
            endpoint(.post, "/u/{token}") { visit throws(StoreError) in
                try await unsubscribe(visit.token)
                return visit.pages.done(visit.token, visit.text)
            },
            endpoint(.post, "/u/{token}/subscribe", isForm: true) { visit throws(StoreError) in
                try await subscribe(visit.token) ? visit.pages.again(visit.token) : visit.pages.still(visit.token)
            },
        ]
    }

    private struct Visit: Sendable {
        let token: UnsubscribeToken
        /// The token as the address has it.
        let text: String
        let pages: UnsubscribePages
    }

    /// `isForm` is true for a call that only the gateway's own page makes.
    private func endpoint(
        _ method: HTTPTypes.HTTPRequest.Method,
        _ path: String,
        isForm: Bool = false,
        answer: @escaping @Sendable (Visit) async throws(StoreError) -> HostedPage
    ) -> Endpoint {
        Endpoint(method, path, access: .open) { [self] call throws(Refusal) in
            if isForm { try call.refuseOtherSites(publicURL: services.publicURL()) }
            let text = call.parameter("token")
            let token = services.sealing().flatMap { UnsubscribeToken(text, $0) }
            let pages = try pages(call, brand: token?.brand)
            if let seconds = limits.refusal(of: call.client, isGood: token != nil, now: services.clock()) {
                return Reply(page: pages.tooMany(retryAfter: seconds))
            }
            guard let token else { return Reply(page: pages.badLink()) }
            do throws(StoreError) {
                return Reply(page: try await answer(Visit(token: token, text: text, pages: pages)))
            } catch {
                guard case .unavailable = error else { throw Refusal(error) }
                return Reply(page: pages.later(retryAfter: Self.retryAfter))
            }
        }
    }

    private func pages(_ call: Call, brand name: String?) throws(Refusal) -> UnsubscribePages {
        // A brand that is gone does not keep its recipients from leaving.
        guard let brand = services.brand(name) ?? services.brand(nil) else {
            throw Refusal(internal: "the default brand has a fault; see `posthaste templates lint`")
        }
        let language = PageLanguage.negotiated(
            acceptLanguage: call.fields[.acceptLanguage],
            brandLocale: brand.locale
        )
        return UnsubscribePages(PageFrame(brand: PageBrand(brand), language: language))
    }

    /// The entry that an unsubscription made.
    private func unsubscribed(_ token: UnsubscribeToken) async throws(StoreError) -> Suppression? {
        try await entry(token).flatMap { $0.source?.event == .unsubscribed ? $0 : nil }
    }

    private func entry(_ token: UnsubscribeToken) async throws(StoreError) -> Suppression? {
        try await services.suppressions.find([token.address], list: token.list, now: services.clock())
            .first { $0.list == token.list }
    }

    private func unsubscribe(_ token: UnsubscribeToken) async throws(StoreError) {
        let now = services.clock()
        let suppression = Suppression(
            address: token.address,
            list: token.list,
            reason: .unsubscribe,
            source: Suppression.Source(event: .unsubscribed, message: token.message),
            createdAt: now
        )
        try await services.suppressions.suppress(suppression)
        services.onAddition()
        // A repeated call finds the entry of the first, and gives the same event again, which changes nothing.
        let since = try await entry(token)?.createdAt ?? now
        let event = FeedbackEvent(
            .unsubscribed,
            id: "unsubscribed-\(token.message)-\(since.milliseconds)",
            at: since,
            messageID: token.message,
            recipient: token.address,
            detail: "by the link in the mail"
        )
        try await services.feedback?.add([event], of: nil)
    }

    /// Returns false when something else stops the mail of the list.
    private func subscribe(_ token: UnsubscribeToken) async throws(StoreError) -> Bool {
        _ = try await services.suppressions.resubscribe(token.address, list: token.list)
        return try await services.suppressions.find([token.address], list: token.list, now: services.clock()).isEmpty
    }
}

/// Counts calls by client in this process, in windows of fixed length.
///
/// A link cannot be guessed, so the limit for good ones is only against floods: a mail service may unsubscribe many recipients from
/// few addresses.
private final class UnsubscribeLimits: Sendable {
    private struct Key: Hashable {
        let client: String
        let isGood: Bool
    }

    private static let mostKept = 10_000

    private let windows = Mutex<[Key: (since: Timestamp, count: Int)]>([:])

    /// Counts a call; returns the seconds after which it may be repeated when it is over the limit.
    func refusal(of client: IPAddress?, isGood: Bool, now: Timestamp) -> Int? {
        let key = Key(client: client?.client.description ?? "local", isGood: isGood)
        let (limit, span): (Int, Duration) = isGood ? (600, .seconds(60)) : (20, .seconds(3600))
        return windows.withLock { windows in
            if windows[key] == nil, windows.count >= Self.mostKept { windows.removeAll(keepingCapacity: true) }
            var window = windows[key] ?? (now, 0)
            if now - window.since >= span { window = (now, 0) }
            guard window.count < limit else {
                return max(1, Int((window.since + span - now).milliseconds / 1000))
            }
            window.count += 1
            windows[key] = window
            return nil
        }
    }
}
