// SPDX-License-Identifier: Apache-2.0
package import Gateway
package import JSON

/// Lets people who forgot their password choose a new one.
///
/// A request does the same work for every address: it stores one message and asks nobody who it is for. Only when that
/// message is handed over does ``ResetBinder`` look the address up, so that answer, time and behaviour in an outage are the same
/// for those who have an account and those who have none.
package struct ResetService: Sendable {
    /// What the service stands on.
    package struct Parts: Sendable {
        package var tokens: ResetTokens
        package var limits: ResetLimits
        package var directory: any Directory
        /// Accepts mail as any other sender's, and returns its id once it is stored.
        package var send: @Sendable (FeatureMail) async throws(Problem) -> String
        package var trail: any ResetTrail
        package var ids: IDs
        package var clock: Clock

        package init(
            tokens: ResetTokens,
            limits: ResetLimits,
            directory: any Directory,
            send: @escaping @Sendable (FeatureMail) async throws(Problem) -> String,
            trail: any ResetTrail,
            ids: IDs,
            clock: @escaping Clock
        ) {
            self.tokens = tokens
            self.limits = limits
            self.directory = directory
            self.send = send
            self.trail = trail
            self.ids = ids
            self.clock = clock
        }
    }

    static let template = "password-reset"
    static let notice = "password-changed"

    let settings: ResetSettings
    let parts: Parts

    package init(_ settings: ResetSettings, _ parts: Parts) {
        self.settings = settings
        self.parts = parts
    }

    /// Takes a request for a link; returns for known and unknown addresses alike.
    package func request(_ body: JSON, from caller: ResetCaller) async throws(Problem) {
        let address = try ResetForm.address(body)
        let now = parts.clock()
        let isAllowed = try await admit(caller, address: address, now: now)
        guard isAllowed else { return parts.trail.note(.overAddressLimit, caller) }
        let request = parts.ids.next("prr_")
        let mail = FeatureMail(
            template: Self.template,
            brand: settings.brand,
            locale: caller.locale,
            data: JSONObject([("valid_minutes", .integer(Int(settings.ttl.milliseconds / 60_000)))]),
            to: Mailbox(address),
            priority: .critical,
            expiresAt: now + settings.ttl,
            binding: LateBinding(
                binder: ResetBinder.name,
                reference: ["request": .string(request), "client": .string(caller.client)],
                names: ResetBinder.lateNames
            )
        )
        _ = try await parts.send(mail)
        parts.trail.note(.requested, caller)
    }

    /// Counts the call; false when the address has had its share, which the caller must not see.
    private func admit(
        _ caller: ResetCaller,
        address: EmailAddress,
        now: Timestamp
    ) async throws(Problem) -> Bool {
        try await admit(caller, "request", now: now)
        let subject = ResetLimits.Subject("address \(address.canonical)", settings.limits.perAddress)
        return try await over([subject], now: now)[0] == nil
    }

    /// Counts the call under its client and all together; 429 when one of them has had its share.
    func admit(_ caller: ResetCaller, _ call: String, now: Timestamp) async throws(Problem) {
        var subjects = [ResetLimits.Subject("\(call) of all", settings.limits.global)]
        for name in caller.networks {
            subjects.append(ResetLimits.Subject("\(call) from \(name)", settings.limits.perClient))
        }
        let over = try await over(subjects, now: now).compactMap(\.self)
        guard let free = over.max() else { return }
        parts.trail.note(.overClientLimit, caller)
        throw Problem(
            "too-many-requests",
            title: "Too many requests",
            status: 429,
            detail: "Too many requests have come; try again later.",
            retryAfter: max(1, Int((free - now).milliseconds + 999) / 1000)
        )
    }

    private func over(_ subjects: [ResetLimits.Subject], now: Timestamp) async throws(Problem) -> [Timestamp?] {
        do throws(DatabaseError) {
            return try await parts.limits.count(subjects, now: now)
        } catch {
            throw .storeUnavailable(cause: error.description)
        }
    }
}
