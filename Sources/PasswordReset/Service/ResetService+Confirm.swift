// SPDX-License-Identifier: Apache-2.0
package import Gateway
package import JSON

extension ResetService {
    /// Sets a new password with a token from a mail; 400 `invalid-token` for unknown, used and expired ones alike.
    package func confirm(_ body: JSON, from caller: ResetCaller) async throws(Problem) {
        let form = try ResetForm.confirmation(body)
        let now = parts.clock()
        try await admit(caller, "confirm", now: now)
        let faults = settings.rules.faults(form.password.exposed, address: "")
        guard faults.isEmpty else { throw Self.refused(faults) }
        guard let token = ResetToken(presented: form.token) else { throw refuse(caller) }
        guard let holder = try await reserve(token, now: now) else { throw refuse(caller) }
        let own = settings.rules.faults(form.password.exposed, address: holder.address)
        guard own.isEmpty else {
            try await giveBack(token, refused: false)
            throw Self.refused(own)
        }
        try await setPassword(form.password, with: token, of: holder, caller)
        await afterwards(holder, caller, now: now)
    }

    private func refuse(_ caller: ResetCaller) -> Problem {
        parts.trail.note(.invalidToken, caller)
        return Problem(
            "invalid-token",
            title: "Invalid link",
            status: 400,
            detail: "This link is not valid any more. Ask for a new one."
        )
    }

    private func reserve(_ token: ResetToken, now: Timestamp) async throws(Problem) -> ResetTokens.Holder? {
        do throws(DatabaseError) {
            return try await parts.tokens.reserve(token, now: now)
        } catch {
            throw .storeUnavailable(cause: error.description)
        }
    }

    /// Tries to change the password; whatever keeps it from being changed gives the token back.
    private func setPassword(
        _ password: Secret,
        with token: ResetToken,
        of holder: ResetTokens.Holder,
        _ caller: ResetCaller
    ) async throws(Problem) {
        do throws(DirectoryFailure) {
            try await parts.directory.setPassword(password, of: holder.userID)
        } catch {
            parts.trail.note(.notChanged(userID: holder.userID, error), caller)
            switch error {
            case .refused(let rules):
                try await giveBack(token, refused: true)
                throw Self.refused(rules)
            case .gone:
                try await finish(holder)
                throw refuse(caller)
            case .unavailable, .misconfigured:
                try await giveBack(token, refused: false)
                throw Problem(
                    "directory-unavailable",
                    title: "The password cannot be changed now",
                    status: 503,
                    detail:
                        "The password cannot be changed at the moment. Your link stays good; try again in a minute.",
                    retryAfter: 30,
                    cause: error.description
                )
            }
        }
    }

    /// The password is changed: whatever fails now is told to the operator and not to the user.
    private func afterwards(_ holder: ResetTokens.Holder, _ caller: ResetCaller, now: Timestamp) async {
        do throws(Problem) { try await finish(holder) } catch {
            parts.trail.note(.leftOver("the token could not be voided: \(error.cause ?? error.detail)"), caller)
        }
        do throws(DirectoryFailure) { try await parts.directory.endSessions(of: holder.userID) } catch {
            parts.trail.note(.leftOver("the sessions of \(holder.userID) could not be ended: \(error)"), caller)
        }
        parts.trail.note(.changed(userID: holder.userID), caller)
        await sendNotice(holder, caller, now: now)
    }

    private func sendNotice(_ holder: ResetTokens.Holder, _ caller: ResetCaller, now: Timestamp) async {
        // It was written by us from an address that could be parsed.
        guard let address = try? EmailAddress(parsing: holder.address) else { return }
        var data = JSONObject([("account", .string(holder.address)), ("changed_at", .string(now.description))])
        data["client"] = caller.coarseOrigin.map(JSON.string)
        let mail = FeatureMail(
            template: Self.notice,
            brand: holder.brand,
            locale: holder.locale,
            data: data,
            to: Mailbox(address),
            priority: .critical
        )
        do throws(Problem) { _ = try await parts.send(mail) } catch {
            parts.trail.note(.leftOver("the notice of a change could not be stored: \(error.detail)"), caller)
        }
    }

    private func finish(_ holder: ResetTokens.Holder) async throws(Problem) {
        do throws(DatabaseError) { try await parts.tokens.finish(userID: holder.userID) } catch {
            throw .storeUnavailable(cause: error.description)
        }
    }

    private func giveBack(_ token: ResetToken, refused: Bool) async throws(Problem) {
        do throws(DatabaseError) { try await parts.tokens.giveBack(token, refused: refused) } catch {
            throw .storeUnavailable(cause: error.description)
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
