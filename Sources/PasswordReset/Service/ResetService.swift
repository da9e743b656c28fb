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
        /// 64 bits that nobody can guess.
        package var random: @Sendable () -> UInt64

        package init(
            tokens: ResetTokens,
            limits: ResetLimits,
            directory: any Directory,
            send: @escaping @Sendable (FeatureMail) async throws(Problem) -> String,
            trail: any ResetTrail,
            ids: IDs,
            clock: @escaping Clock,
            random: @escaping @Sendable () -> UInt64
        ) {
            self.tokens = tokens
            self.limits = limits
            self.directory = directory
            self.send = send
            self.trail = trail
            self.ids = ids
            self.clock = clock
            self.random = random
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
        let silent = ResetLimits.Subject("address \(address.canonical)", settings.limits.perAddress)
        guard try await admit(caller, .request, silent: silent, now: now) else {
            return parts.trail.note(.overAddressLimit, caller)
        }
        let message = try await send(mail(to: address, caller, now: now), caller)
        parts.trail.note(.requested(message: message), caller)
    }

    private func mail(to address: EmailAddress, _ caller: ResetCaller, now: Timestamp) -> FeatureMail {
        // Whole minutes for people, and never none.
        let minutes = max(1, Int((settings.ttl.milliseconds + 59_999) / 60_000))
        return FeatureMail(
            template: Self.template,
            brand: settings.brand,
            locale: caller.locale,
            data: JSONObject([("valid_minutes", .integer(minutes))]),
            to: Mailbox(address),
            priority: .critical,
            expiresAt: now + settings.ttl,
            metadata: ["client": caller.client],
            binding: LateBinding(
                binder: ResetBinder.name,
                reference: ["request": .string(parts.ids.next("prr_"))],
                names: ResetBinder.lateNames
            )
        )
    }

    /// Has mail accepted; what keeps that from being done is told to the operator.
    func send(_ mail: FeatureMail, _ caller: ResetCaller) async throws(Problem) -> String {
        do throws(Problem) {
            return try await parts.send(mail)
        } catch {
            if error.status == 503 { throw error }
            let isAddress = !error.faults.isEmpty && error.faults.allSatisfy { $0.pointer.description.hasPrefix("/to") }
            if isAddress { throw .invalidRequest([Problem.Fault(.root.appending("email"), "This cannot be mailed.")]) }
            let reasons = error.faults.map { "\($0.pointer): \($0.detail)" }
            let cause =
                "mail of template \(mail.template): \((reasons.isEmpty ? [error.detail] : reasons).joined(separator: "; "))"
            parts.trail.note(.unsendable(cause), caller)
            throw Problem(
                "unavailable",
                title: "Not available now",
                status: 503,
                detail: "This cannot be done at the moment; try again later.",
                retryAfter: 60,
                cause: cause
            )
        }
    }

    /// Counts the call under its client and all together; 429 when one of them has had its share.
    ///
    /// - Returns: False when `silent` has had its share, which the caller must not see.
    func admit(
        _ caller: ResetCaller,
        _ call: ResetCall,
        silent: ResetLimits.Subject? = nil,
        now: Timestamp
    ) async throws(Problem) -> Bool {
        let verdict: ResetLimits.Verdict
        do throws(DatabaseError) {
            verdict = try await parts.limits.count(
                all: ResetLimits.Subject("\(call.rawValue) of all", settings.limits.global),
                client: ResetLimits.Subject("\(call.rawValue) from \(caller.network)", settings.limits.perClient),
                silent: silent,
                now: now
            )
        } catch {
            throw .resetStoreUnavailable(cause: error.description)
        }
        guard let free = verdict.refusedUntil else { return !verdict.isSilenced }
        parts.trail.note(.overLimit(call), caller)
        throw Problem(
            "too-many-requests",
            title: "Too many requests",
            status: 429,
            detail: "Too many requests have come; try again later.",
            retryAfter: max(1, Int((free - now).milliseconds + 999) / 1000)
        )
    }
}

extension Problem {
    /// The gateway's store does not answer; nothing was done.
    static func resetStoreUnavailable(cause: String) -> Problem {
        Problem(
            "unavailable",
            title: "Not available now",
            status: 503,
            detail: "This cannot be done at the moment; try again in a minute.",
            retryAfter: 5,
            cause: cause
        )
    }
}
