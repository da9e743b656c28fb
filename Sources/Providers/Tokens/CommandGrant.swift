// SPDX-License-Identifier: Apache-2.0
internal import Basics
internal import Delivery
internal import JSON
internal import OAuth

/// Runs a program of the operator that prints a token, such as one from a vault.
///
/// It prints a plain token, or JSON with `access_token` (or `token`) and `expires_in`, `expires_at` or `expiry`.
struct CommandGrant: TokenGrant {
    private static let timeLimit = Duration.seconds(30)
    /// The lifetime of a token without an expiry.
    private static let usualLife = Duration.seconds(300)

    let command: [String]
    let subject: TokenSubject
    let clock: Clock
    let parse: @Sendable ([UInt8]) throws -> JSON

    func renew(_ current: OAuthToken?) async throws(DeliveryError) -> OAuthToken {
        let program = command.first ?? ""
        let run = CommandRun(
            program: program,
            arguments: Array(command.dropFirst()),
            input: [],
            timeLimit: Self.timeLimit,
            keepsOutput: true
        )
        let asked = clock()
        switch await run.outcome() {
        case .exited(0, _): return try token(in: run.output, program, asked)
        case .exited(let code, let message): throw failure("\(program) ended with \(code)", message)
        case .killed(let signal, let message): throw failure("\(program) was ended by signal \(signal)", message)
        case .timedOut: throw failure("\(program) did not end within 30 s")
        case .cancelled: throw failure("\(program) was stopped")
        case .notReady: throw failure("\(program) was not run: no temporary file could be made")
        case .notStarted(let reason):
            throw DeliveryError(
                .misconfigured,
                code: "oauth.command",
                detail: reason,
                remedy: "give the program's full path in `tokens: command:`, and the right to run it"
            )
        }
    }

    private func token(in output: [UInt8], _ program: String, _ asked: Timestamp) throws(DeliveryError) -> OAuthToken {
        let text = String(decoding: output, as: UTF8.self).split { $0.isWhitespace }
        if text.count == 1, let word = text.first, !word.hasPrefix("{") {
            return Self.token(String(word), life: nil, asked)
        }
        // Output in neither form is reported below.
        guard let json = try? parse(output), let fields = json.object, let token = try? OAuthToken(json),
            let access = token.accessToken
        else { throw failure("\(program) prints neither a token nor JSON with `access_token`") }
        return token.expiresAt == nil ? Self.token(access.exposed, life: fields["expires_in"], asked) : token
    }

    private static func token(_ value: String, life: JSON?, _ asked: Timestamp) -> OAuthToken {
        let answer = JSONObject([("access_token", .string(value)), ("expires_in", life ?? .null)])
        return OAuthToken(answer: answer, at: asked, usualLife: usualLife)
    }

    private func failure(_ detail: String, _ message: String = "") -> DeliveryError {
        DeliveryError(
            .transient,
            code: "oauth.command",
            detail: message.isEmpty ? detail : "\(detail): \(message)",
            remedy: subject.remedy
        )
    }
}
