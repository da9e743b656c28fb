// SPDX-License-Identifier: Apache-2.0
package import Gateway
package import JSON

extension ResetService {
    /// Sets a new password with a token from a mail; 400 `invalid-token` for unknown, used and expired ones alike.
    package func confirm(_ body: JSON, from caller: ResetCaller) async throws(Problem) {
        let form = try ResetForm.confirmation(body)
        let now = parts.clock()
        _ = try await admit(caller, .confirm, now: now)
        let faults = settings.rules.faults(form.password.exposed, address: nil)
        guard faults.isEmpty else { throw refuse(faults, caller) }
        guard let token = ResetToken(presented: form.token), let reservation = try await reserve(token, now: now) else {
            throw refuseToken(caller)
        }
        let own = settings.rules.faults(form.password.exposed, address: reservation.holder.address)
        guard own.isEmpty else {
            try await giveBack(reservation, refused: false)
            throw refuse(own, caller)
        }
        try await setPassword(form.password, with: reservation, caller)
        await afterwards(reservation.holder, caller, now: now)
    }

    private func refuseToken(_ caller: ResetCaller) -> Problem {
        parts.trail.note(.invalidToken, caller)
        return Problem(
            "invalid-token",
            title: "Invalid token",
            status: 400,
            detail: "This link is not valid any more. Ask for a new one."
        )
    }

    private func refuse(_ rules: [String], _ caller: ResetCaller) -> Problem {
        parts.trail.note(.passwordRefused, caller)
        return Self.refused(rules)
    }

    private func reserve(_ token: ResetToken, now: Timestamp) async throws(Problem) -> ResetTokens.Reservation? {
        do throws(DatabaseError) {
            return try await parts.tokens.reserve(token, now: now)
        } catch {
            throw .resetStoreUnavailable(cause: error.description)
        }
    }

    /// Tries to change the password; whatever keeps it from being changed gives the token back.
    private func setPassword(
        _ password: Secret,
        with reservation: ResetTokens.Reservation,
        _ caller: ResetCaller
    ) async throws(Problem) {
        let userID = reservation.holder.userID
        do throws(DirectoryFailure) {
            try await parts.directory.setPassword(password, of: userID)
        } catch {
            parts.trail.note(.notChanged(userID: userID, error), caller)
            switch error {
            case .refused(let rules):
                try await giveBack(reservation, refused: true)
                throw Self.refused(rules)
            case .gone:
                try await finish(userID)
                throw refuseToken(caller)
            case .unavailable, .misconfigured:
                try await giveBack(reservation, refused: false)
                throw Self.directoryUnavailable(cause: error.description)
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

    /// The password is changed: whatever fails now is told to the operator and not to the user.
    private func afterwards(_ holder: ResetTokens.Holder, _ caller: ResetCaller, now: Timestamp) async {
        let user = holder.userID
        parts.trail.note(.changed(userID: user), caller)
        do throws(Problem) { try await finish(user) } catch {
            parts.trail.note(
                .leftOver(userID: user, "tokens could not be voided: \(error.cause ?? error.detail)"),
                caller
            )
        }
        do throws(DirectoryFailure) { try await parts.directory.endSessions(of: user) } catch {
            parts.trail.note(.leftOver(userID: user, "sessions could not be ended: \(error)"), caller)
        }
        await sendNotice(holder, caller, now: now)
    }

    private func sendNotice(_ holder: ResetTokens.Holder, _ caller: ResetCaller, now: Timestamp) async {
        // It was written by us from an address that could be parsed.
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
            let message = try await send(mail, caller)
            parts.trail.note(.told(userID: holder.userID, message: message), caller)
        } catch {
            let reason = error.cause ?? error.detail
            parts.trail.note(.leftOver(userID: holder.userID, "the notice could not be stored: \(reason)"), caller)
        }
    }

    private func finish(_ userID: String) async throws(Problem) {
        do throws(DatabaseError) { try await parts.tokens.finish(userID: userID) } catch {
            throw .resetStoreUnavailable(cause: error.description)
        }
    }

    private func giveBack(_ reservation: ResetTokens.Reservation, refused: Bool) async throws(Problem) {
        do throws(DatabaseError) { try await parts.tokens.giveBack(reservation, refused: refused) } catch {
            throw .resetStoreUnavailable(cause: error.description)
        }
    }

    private static func refused(_ rules: [String]) -> Problem {
        Problem(
            "password-refused",
            title: "The password does not meet the rules",
            status: 422,
            detail: rules.joined(separator: " "),
            faults: rules.map { Problem.Fault(.root.appending("new_password"), $0) }
        )
    }
}
