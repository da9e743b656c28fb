// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Basics
import Boundary
import Delivery
import Storage
import JSON
import OAuth
import Providers
import Storage
import Synchronization

struct TokensRevoke: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke",
        abstract: "Take a provider's grant back at its service, and remove it from the database.",
        discussion: "Mail of the provider fails over or waits until an operator authorizes it again."
    )

    @OptionGroup var options: TokenOptions

    func run() async throws {
        let (gateway, source) = try await options.open()
        guard let secret = await source.revocable() else {
            throw CommandFailure("there is no token of `\(options.name)` to revoke")
        }
        let told = await Self.revoke(secret, at: source.parts.request)
        if let key = source.parts.request.key {
            _ = try await translating(CommandFailure.init) { () async throws(StoreError) in
                try await gateway.store.stores.tokens.delete(key)
            }
        }
        let words = "the grant of \(source.parts.request.account) \(told)"
        if options.output.json { return Terminal.json(["detail": .string(words)]) }
        Terminal.line(words)
    }

    /// Revokes the token at the service (RFC 7009; Google's endpoint is fixed); returns the result as the end of a sentence.
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
            let status = try await ProcessServices.http.perform(call).status
            return status == 200 ? "was revoked, and \(removed)" : "was dead already (\(status)), and \(removed)"
        } catch {
            return "\(removed), but the service did not answer: \(error.detail); revoke it in the account's settings"
        }
    }
}

/// The revocation endpoint of a service.
enum RevocationEndpoint {
    /// Derived from the token endpoint of the client; nil for services without one.
    static func of(_ request: TokenRequest) -> HTTPURL? {
        // Every other command reports a client file that cannot be read.
        guard request.service?.hasRevocation ?? true, request.place.keepsGrants,
            let client = try? request.oauthClient(parse: { try JSONReader.read($0) })
        else { return nil }
        let endpoint = client.tokenEndpoint
        guard endpoint.target.hasSuffix("/token"), endpoint.host.hasSuffix("googleapis.com") || endpoint.isLoopback
        else {
            return nil
        }
        return HTTPURL(endpoint.origin + endpoint.target.dropLast("token".count) + "revoke")
    }
}

/// A value that is set once and read by other threads.
final class MutexBox<Value: Sendable>: Sendable {
    private let held = Mutex<Value?>(nil)

    func put(_ value: Value) { held.withLock { $0 = value } }
    var value: Value? { held.withLock { $0 } }
}
