// SPDX-License-Identifier: Apache-2.0
package import Basics
package import JSON
import Mail
import Queue
import SQL
package import Submission
import Synchronization

/// Lets users who forgot their password choose a new one.
///
/// A request does the same work for every address: it stores one message and does not query the directory. ``ResetBinder`` looks
/// up the address only when the message is handed over. Response, timing and behaviour in an outage are therefore the same for
/// known and unknown addresses.
package struct ResetService: Sendable {
    /// The dependencies of the service.
    package struct Parts: Sendable {
        package var tokens: ResetTokens
        package var limits: ResetLimits
        package var directory: any Directory
        /// Submits mail like any other sender's and returns its id once it is stored; nil when its admission refused it.
        package var send: @Sendable (FeatureMail) async throws(Problem) -> String?
        package var trail: any ResetTrail
        package var ids: IDs
        package var clock: Clock
        /// 64 unpredictable random bits.
        package var random: @Sendable () -> UInt64

        package init(
            tokens: ResetTokens,
            limits: ResetLimits,
            directory: any Directory,
            send: @escaping @Sendable (FeatureMail) async throws(Problem) -> String?,
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
    /// The category of the mails with links, which their template names too.
    package static let category = "password-reset"
    static let notice = "password-changed"

    let settings: ResetSettings
    let parts: Parts

    package init(_ settings: ResetSettings, _ parts: Parts) {
        self.settings = settings
        self.parts = parts
    }

    /// Requests a link; returns for known and unknown addresses alike.
    package func request(_ body: JSON, from caller: ResetCaller) async throws(Problem) {
        let address = try ResetForm.address(body)
        let now = parts.clock()
        let subjects = subjects(caller, .request, address: address)
        let verdict = Mutex(ResetLimits.Verdict())
        var mail = mail(to: address, caller, now: now)
        // Counted in the transaction that stores the message, so that a request costs one commit.
        mail.admission = { (connection) throws(DatabaseError) in
            let found = try ResetLimits.count(subjects, connection, now: now)
            verdict.withLock { $0 = found }
            return found == ResetLimits.Verdict()
        }
        guard let message = try await send(mail, caller) else {
            if let free = verdict.withLock(\.refusedUntil) { throw refuse(caller, .request, until: free, now: now) }
            return parts.trail.note(.overAddressLimit, caller)
        }
        parts.trail.note(.requested(message: message), caller)
    }

    private func mail(to address: EmailAddress, _ caller: ResetCaller, now: Timestamp) -> FeatureMail {
        // Whole minutes for display, rounded up and at least one.
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

    /// Submits mail; failures are reported to the operator.
    func send(_ mail: FeatureMail, _ caller: ResetCaller) async throws(Problem) -> String? {
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
            throw .resetUnavailable("later", retryAfter: 60, cause: cause)
        }
    }

    private func subjects(
        _ caller: ResetCaller,
        _ call: ResetCall,
        address: EmailAddress? = nil
    ) -> ResetLimits.Subjects {
        ResetLimits.Subjects(
            all: ResetLimits.Subject("\(call.rawValue) of all", settings.limits.global),
            client: ResetLimits.Subject("\(call.rawValue) from \(caller.network)", settings.limits.perClient),
            silent: address.map { ResetLimits.Subject("address \($0.canonical)", settings.limits.perAddress) }
        )
    }

    /// Counts a call that stores no mail, per client and in total; throws 429 when a limit is used up.
    func admit(_ caller: ResetCaller, _ call: ResetCall, now: Timestamp) async throws(Problem) {
        let verdict: ResetLimits.Verdict
        do throws(DatabaseError) {
            verdict = try await parts.limits.count(subjects(caller, call), now: now)
        } catch {
            throw .resetStoreUnavailable(cause: error.description)
        }
        if let free = verdict.refusedUntil { throw refuse(caller, call, until: free, now: now) }
    }

    private func refuse(_ caller: ResetCaller, _ call: ResetCall, until free: Timestamp, now: Timestamp) -> Problem {
        parts.trail.note(.overLimit(call), caller)
        return Problem(
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
        resetUnavailable("in a minute", retryAfter: 5, cause: cause)
    }

    /// `moment` says when to try again; `cause` is for the operator's log.
    fileprivate static func resetUnavailable(_ moment: String, retryAfter: Int, cause: String) -> Problem {
        Problem(
            "unavailable",
            title: "Not available now",
            status: 503,
            detail: "This cannot be done at the moment; try again \(moment).",
            retryAfter: retryAfter,
            cause: cause
        )
    }
}
