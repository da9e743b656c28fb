// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Basics
import JSON
import Submission

struct KeysCreate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create",
        abstract: "Make a key; its secret is printed once and kept nowhere."
    )

    @OptionGroup var config: ConfigOptions
    @OptionGroup var output: OutputOptions
    @Option(name: .long, help: "What the key is for.")
    var name: String
    @Option(name: .long, parsing: .upToNextOption, help: "The brands it may use (all when none is named).")
    var brands: [String] = []
    @Option(name: .long, parsing: .upToNextOption, help: "From addresses it may use, such as *@example.org.")
    var from: [String] = []
    @Option(name: .long, parsing: .upToNextOption, help: "send, read, manage, providers:pin (all when none is named).")
    var scopes: [String] = []
    @Option(name: .long, help: "Also print what clients of Amazon SES sign with: `ses`.")
    var front: String?

    func run() async throws {
        let scopes = try scopeSet()
        try checkFront()
        let (loaded, store) = try await config.open()
        let sealing = try sealing(loaded)
        let brands = Self.words(brands)
        try checkBrands(brands, loaded)
        let (key, secret) = try await APIKeyCache.overStore(store).make(
            name: name,
            brands: brands,
            from: Self.words(from),
            scopes: scopes
        )
        show(key, secret, signing: sealing?.signingSecrets(ofKey: key.id).first)
    }

    private func show(_ key: APIKey, _ secret: Secret, signing: Secret?) {
        if output.json {
            var members: [(String, JSON)] = [
                ("id", .string(key.id)), ("name", .string(key.name)), ("secret", .string(secret.exposed)),
            ]
            if let signing {
                members += [
                    ("access_key_id", .string(key.id)), ("secret_access_key", .string(signing.exposed)),
                ]
            }
            return Terminal.json(.object(JSONObject(members)))
        }
        guard let signing else {
            Terminal.line("key     \(key.id) (\(key.name))")
            Terminal.line("secret  \(secret.exposed)")
            return Terminal.line("The secret is not shown again.")
        }
        Terminal.line("key                \(key.id) (\(key.name))")
        Terminal.line("secret             \(secret.exposed)")
        Terminal.line("access key id      \(key.id)")
        Terminal.line("secret access key  \(signing.exposed)")
        Terminal.line("The secrets are not shown again. Clients of Amazon SES take the last two, and any region.")
    }

    private func checkFront() throws(CommandFailure) {
        guard let front, front != "ses" else { return }
        throw CommandFailure(.wrongUsage, ["`--front \(front)` is not needed: only `ses` has credentials of its own"])
    }

    /// The sealing keys, from which the secret for SES is derived; nil when none is asked for.
    private func sealing(_ loaded: LoadedConfig) throws(CommandFailure) -> SecretSealing? {
        guard front != nil else { return nil }
        if let sealing = SecretSealing(keys: loaded.settings.sealingKeys) { return sealing }
        throw CommandFailure(
            .failed,
            [
                "`--front ses` needs a sealing key, from which the secret access key is derived; "
                    + "set `sealing_key` in \(loaded.file.path), see docs/configuration.md"
            ]
        )
    }

    private func scopeSet() throws(CommandFailure) -> Set<APIKey.Scope> {
        var scopes: Set<APIKey.Scope> = []
        for word in Self.words(self.scopes) {
            guard let scope = APIKey.Scope(rawValue: word) else {
                let known = APIKey.Scope.allCases.map(\.rawValue).joined(separator: ", ")
                throw CommandFailure(.wrongUsage, ["there is no scope `\(word)`; the scopes are \(known)"])
            }
            scopes.insert(scope)
        }
        return scopes
    }

    private func checkBrands(_ brands: [String], _ loaded: LoadedConfig) throws(CommandFailure) {
        guard !brands.isEmpty else { return }
        let known = loaded.brandNames
        let unknown = brands.filter { !known.contains($0) }
        guard unknown.isEmpty else {
            let list = known.joined(separator: ", ")
            throw CommandFailure(.failed, unknown.map { "there is no brand `\($0)`; the brands are \(list)" })
        }
    }

    /// Words may be separate arguments or joined by commas.
    private static func words(_ arguments: [String]) -> [String] {
        arguments.flatMap { $0.split(separator: ",").map(String.init) }
    }
}
