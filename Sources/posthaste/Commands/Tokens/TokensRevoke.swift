// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Gateway
import Storage
import JSON

struct TokensRevoke: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke",
        abstract: "Take a provider's grant back at its service, and remove it from the database.",
        discussion: "Mail of the provider fails over or waits until somebody authorizes it again."
    )

    @OptionGroup var options: TokenOptions

    func run() async throws {
        let (gateway, source) = try await options.open()
        guard let secret = await source.revocable() else {
            throw CommandFailure("there is no token of `\(options.name)` to revoke")
        }
        let told = await Self.revoke(secret, at: source.parts.request)
        if let key = source.parts.request.key {
            do throws(OutboxError) { _ = try await gateway.store.stores.tokens.delete(key) } catch {
                throw CommandFailure(error)
            }
        }
        let words = "the grant of \(source.parts.request.account) \(told)"
        if options.output.json { return Terminal.json(["detail": .string(words)]) }
        Terminal.line(words)
    }

    /// Tells the service (RFC 7009; Google's is at a fixed address); what came of it, as the rest of a sentence.
    private static func revoke(_ secret: Secret, at request: TokenRequest) async -> String {
        let removed = request.key == nil ? "is still in its file" : "was removed here"
        guard let url = RevocationEndpoint.of(request) else {
            return "\(removed); its service has no address to revoke it at, do so in the account's settings"
        }
        var call = HTTPRequest(
            .post,
            url,
            headers: [HTTPHeader("Content-Type", "application/x-www-form-urlencoded")],
            body: Array(HTTPURL.form([(name: "token", value: secret.exposed)]).utf8)
        )
        call.proxy = request.proxy
        do throws(HTTPFailure) {
            let status = try await OutsideWorld.http.perform(call).status
            return status == 200 ? "was revoked, and \(removed)" : "was dead already (\(status)), and \(removed)"
        } catch {
            return "\(removed), but the service did not answer: \(error.detail); revoke it in the account's settings"
        }
    }
}
