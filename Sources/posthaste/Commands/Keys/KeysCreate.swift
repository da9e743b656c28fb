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

    func run() async throws {
        let scopes = try scopeSet()
        let (loaded, store) = try await config.open()
        let brands = Self.words(brands)
        try checkBrands(brands, loaded)
        let (key, secret) = try await APIKeyCache.overStore(store).make(
            name: name,
            brands: brands,
            from: Self.words(from),
            scopes: scopes
        )
        if output.json {
            let members: [(String, JSON)] = [
                ("id", .string(key.id)), ("name", .string(key.name)), ("secret", .string(secret.exposed)),
            ]
            return Terminal.json(.object(JSONObject(members)))
        }
        Terminal.line("key     \(key.id) (\(key.name))")
        Terminal.line("secret  \(secret.exposed)")
        Terminal.line("The secret is not shown again.")
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
