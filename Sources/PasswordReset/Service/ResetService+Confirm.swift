// SPDX-License-Identifier: Apache-2.0
package import Basics
package import JSON
import Mail
import Queue
import SQL
package import Submission

extension ResetService {
    /// Sets a new password with a token from a mail; 400 `invalid-token` for unknown, used and expired tokens alike.
    package func confirm(_ body: JSON, from caller: ResetCaller) async throws(Problem) {
        let form = try ResetForm.confirmation(body)
        do throws(ConfirmError) {
            try await confirm(form.token, form.password, from: caller)
        } catch {
            throw error.problem
        }
    }

    /// The same for a caller that has token and password already.
    package func confirm(
        _ presented: String,
        _ password: Secret,
        from caller: ResetCaller
    ) async throws(ConfirmError) {
        let now = parts.clock()
        try await refusing { () throws(Problem) in try await admit(caller, .confirm, now: now) }
        try check(password, address: nil, caller)
        guard let token = ResetToken(presented: presented), let reservation = try await reserve(token, now: now) else {
            parts.trail.note(.invalidToken, caller)
            throw .invalidToken
        }
        // A separate task: a client that disconnects must not keep the old sessions alive or suppress the notification.
        let work = Task { () async -> Result<Void, ConfirmError> in
            do throws(ConfirmError) {
                return .success(try await change(to: password, with: reservation, caller, now: now))
            } catch {
                return .failure(error)
            }
        }
        try await work.value.get()
    }

    private func change(
        to password: Secret,
        with reservation: ResetTokens.Reservation,
        _ caller: ResetCaller,
        now: Timestamp
    ) async throws(ConfirmError) {
        do throws(ConfirmError) {
            try check(password, address: reservation.holder.address, caller)
        } catch {
            try await releaseReservation(reservation, refused: false)
            throw error
        }
        try await setPassword(password, with: reservation, caller)
        await afterwards(reservation.holder, caller, now: now)
    }

    private func refusing(_ work: () async throws(Problem) -> Void) async throws(ConfirmError) {
        do throws(Problem) { try await work() } catch { throw .problem(error) }
    }

    private func check(_ password: Secret, address: String?, _ caller: ResetCaller) throws(ConfirmError) {
        let broken = settings.rules.broken(by: password.exposed, address: address)
        guard !broken.isEmpty else { return }
        parts.trail.note(.passwordRefused, caller)
        throw .password(broken)
    }

    private func reserve(_ token: ResetToken, now: Timestamp) async throws(ConfirmError) -> ResetTokens.Reservation? {
        do throws(DatabaseError) {
            return try await parts.tokens.reserve(token, now: now)
        } catch {
            throw .problem(.resetStoreUnavailable(cause: error.description))
        }
    }

    /// Tries to change the password; every failure releases the token.
    private func setPassword(
        _ password: Secret,
        with reservation: ResetTokens.Reservation,
        _ caller: ResetCaller
    ) async throws(ConfirmError) {
        let userID = reservation.holder.userID
        do throws(DirectoryError) {
            try await parts.directory.setPassword(password, of: userID)
        } catch {
            parts.trail.note(.notChanged(userID: userID, error), caller)
            switch error {
            case .refused(let rules):
                try await releaseReservation(reservation, refused: true)
                throw .password(rules)
            case .unchangeable:
                try await releaseReservation(reservation, refused: true)
                throw .unchangeable
            case .gone:
                try await finish(userID)
                throw .invalidToken
            case .unavailable, .misconfigured:
                try await releaseReservation(reservation, refused: false)
                throw .problem(Self.directoryUnavailable(cause: error.description))
            }
        }
    }

    private static func directoryUnavailable(cause: String) -> Problem {
        Problem(
            "directory-unavailable",
            title: "The password cannot be changed now",
            status: 503,
            detail: "The password cannot be changed at the moment. Your link stays good; try again in a minute.",
            retryAfter: 30,
            cause: cause
        )
    }

    /// Runs after the change: the operator, not the user, is notified of failures.
    private func afterwards(_ holder: ResetTokens.Holder, _ caller: ResetCaller, now: Timestamp) async {
        let user = holder.userID
        parts.trail.note(.changed(userID: user), caller)
        do throws(ConfirmError) { try await finish(user) } catch {
            let reason = error.problem.cause ?? error.problem.detail
            parts.trail.note(.leftOver(userID: user, "tokens could not be voided: \(reason)"), caller)
        }
        do throws(DirectoryError) { try await parts.directory.endSessions(of: user) } catch {
            parts.trail.note(.leftOver(userID: user, "sessions could not be ended: \(error)"), caller)
        }
        await sendNotice(holder, caller, now: now)
    }

    private func sendNotice(_ holder: ResetTokens.Holder, _ caller: ResetCaller, now: Timestamp) async {
        // The address was parsed when the token was stored.
        guard let address = try? EmailAddress(parsing: holder.address) else { return }
        var data = JSONObject([("account", .string(holder.address)), ("changed_at", .string(now.description))])
        data["origin"] = caller.origin.map(JSON.string)
        let mail = FeatureMail(
            template: Self.notice,
            brand: holder.brand,
            locale: holder.locale,
            data: data,
            to: Mailbox(address),
            priority: .critical,
            metadata: ["user_id": holder.userID, "client": caller.client]
        )
        do throws(Problem) {
            guard let message = try await send(mail, caller) else { return }
            parts.trail.note(.told(userID: holder.userID, message: message), caller)
        } catch {
            let reason = error.cause ?? error.detail
            parts.trail.note(.leftOver(userID: holder.userID, "the notice could not be stored: \(reason)"), caller)
        }
    }

    private func finish(_ userID: String) async throws(ConfirmError) {
        do throws(DatabaseError) { try await parts.tokens.finish(userID: userID) } catch {
            throw .problem(.resetStoreUnavailable(cause: error.description))
        }
    }

    private func releaseReservation(_ reservation: ResetTokens.Reservation, refused: Bool) async throws(ConfirmError) {
        do throws(DatabaseError) { try await parts.tokens.releaseReservation(reservation, refused: refused) } catch {
            throw .problem(.resetStoreUnavailable(cause: error.description))
        }
    }
}
