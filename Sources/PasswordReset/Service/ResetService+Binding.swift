// SPDX-License-Identifier: Apache-2.0
import Basics
import Delivery
package import JSON
import Mail
import Monitoring
package import Queue
import SQL
package import Submission

/// Looks up the address and creates the link when the mail is handed over.
package struct ResetBinder: LateBinder {
    package static let name = "password-reset"
    static let lateNames: Set<String> = ["link", "name", "account"]

    private let settings: ResetSettings
    private let parts: ResetService.Parts
    private let gate = LookupGate()

    package init(_ settings: ResetSettings, _ parts: ResetService.Parts) {
        self.settings = settings
        self.parts = parts
    }

    package func bind(_ message: QueuedMessage, reference: JSON) async throws(BuildError) -> LateValues {
        guard let request = reference["request"]?.string, let typed = message.recipients.first?.address else {
            throw .discarded("the request cannot be read")
        }
        guard let user = try await user(with: typed, message.id) else {
            parts.trail.note(.unknownAddress(message: message.id), nil)
            throw .discarded("the directory has no user with this address who may reset a password")
        }
        let token = ResetToken(random: parts.random)
        let holder = ResetTokens.Holder(
            userID: user.id,
            address: user.address.description,
            brand: message.routingKey.brand,
            locale: Self.locale(message)
        )
        let grant = ResetTokens.Grant(holder: holder, request: request, expiresAt: parts.clock() + settings.ttl)
        guard try await mint(token, grant) else {
            parts.trail.note(.overtaken(message: message.id), nil)
            throw .discarded("user \(user.id) has asked again since")
        }
        parts.trail.note(.minted(userID: user.id, message: message.id), nil)
        return Self.values(for: user, link: settings.link(token))
    }

    private static func values(for user: DirectoryUser, link: String) -> LateValues {
        var values = JSONObject([("link", .string(link)), ("account", .string(user.address.description))])
        values["name"] = user.name.map(JSON.string)
        return LateValues(values: values, recipient: Mailbox(user.address), note: "with a link for user \(user.id)")
    }

    private func user(
        with address: EmailAddress,
        _ message: String
    ) async throws(BuildError) -> DirectoryUser? {
        do throws(DirectoryError) {
            guard gate.mayAsk(now: parts.clock()) else {
                throw .unavailable("it did not answer several times in a row, and is asked again in a moment")
            }
            do throws(DirectoryError) {
                let user = try await parts.directory.user(with: address)
                gate.answered()
                return user
            } catch {
                gate.failed(now: parts.clock())
                throw error
            }
        } catch {
            parts.trail.note(.unbound(message: message, error), nil)
            throw .unbound(
                DeliveryError(.transient, scope: .message, code: "directory.unavailable", detail: error.description)
            )
        }
    }

    private func mint(_ token: ResetToken, _ grant: ResetTokens.Grant) async throws(BuildError) -> Bool {
        do throws(DatabaseError) {
            return try await parts.tokens.mint(token, for: grant)
        } catch {
            throw .unbound(
                DeliveryError(.transient, scope: .message, code: "store.unavailable", detail: error.description)
            )
        }
    }

    private static func locale(_ message: QueuedMessage) -> String? {
        if case .template(_, _, let locale, _) = message.request.content { locale } else { nil }
    }
}
