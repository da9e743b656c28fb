// SPDX-License-Identifier: Apache-2.0
package import Gateway
package import JSON

/// Looks the address up and mints the link, at the moment when the mail is handed over.
package struct ResetBinder: LateBinder {
    package static let name = "password-reset"
    static let lateNames: Set<String> = ["link", "name", "account"]

    private let settings: ResetSettings
    private let parts: ResetService.Parts
    private let random: @Sendable () -> UInt64

    /// `random` gives 64 bits that nobody can guess.
    package init(_ settings: ResetSettings, _ parts: ResetService.Parts, random: @escaping @Sendable () -> UInt64) {
        self.settings = settings
        self.parts = parts
        self.random = random
    }

    package func bind(_ message: QueuedMessage, reference: JSON) async throws(LateBindingFailure) -> LateValues {
        guard let request = reference["request"]?.string, let typed = message.recipients.first?.address else {
            throw .discarded("the request cannot be read")
        }
        let caller = ResetCaller(client: reference["client"]?.string ?? "", networks: [], locale: nil)
        guard let user = try await user(with: typed) else {
            parts.trail.note(.unknownAddress, caller)
            throw .discarded("the directory has no user with this address who may reset a password")
        }
        let token = ResetToken(random: random)
        let holder = ResetTokens.Holder(
            userID: user.id,
            address: user.address.description,
            brand: message.stream.brand,
            locale: Self.locale(message)
        )
        let grant = ResetTokens.Grant(holder: holder, request: request, expiresAt: parts.clock() + settings.ttl)
        guard try await mint(token, grant) else { throw .discarded("the user has asked again since") }
        parts.trail.note(.minted(userID: user.id, message: message.id), caller)
        var values = JSONObject([
            ("link", .string(settings.link(token))), ("account", .string(user.address.description)),
        ])
        values["name"] = user.name.map(JSON.string)
        return LateValues(values: values, recipient: Mailbox(user.address))
    }

    private func user(with address: EmailAddress) async throws(LateBindingFailure) -> DirectoryUser? {
        do throws(DirectoryFailure) {
            return try await parts.directory.user(with: address)
        } catch {
            throw .unavailable(
                DeliveryError(.transient, scope: .message, code: "directory.unavailable", detail: error.description)
            )
        }
    }

    private func mint(_ token: ResetToken, _ grant: ResetTokens.Grant) async throws(LateBindingFailure) -> Bool {
        do throws(DatabaseError) {
            return try await parts.tokens.mint(token, for: grant)
        } catch {
            throw .unavailable(
                DeliveryError(.transient, scope: .message, code: "store.unavailable", detail: error.description)
            )
        }
    }

    private static func locale(_ message: QueuedMessage) -> String? {
        if case .template(_, _, let locale, _) = message.request.content { locale } else { nil }
    }
}
