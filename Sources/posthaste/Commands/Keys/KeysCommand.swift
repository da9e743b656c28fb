// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Basics
import JSON
import Storage
import Submission

struct KeysCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys",
        abstract: "API keys: make, list and revoke them.",
        subcommands: [KeysCreate.self, KeysList.self, KeysRevoke.self]
    )
}

struct KeysList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "All keys, the revoked ones too.")

    @OptionGroup var config: ConfigOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let store = try await config.open().store
        let keys = try await Self.keys(store)
        if output.json {
            return Terminal.json(KeyView.list(keys))
        }
        var table = Table("ID", "NAME", "BRANDS", "FROM", "SCOPES", "CREATED", "REVOKED")
        for key in keys {
            table.add(
                key.id,
                key.name,
                key.brands?.joined(separator: ",") ?? "all",
                key.from?.joined(separator: ",") ?? "any",
                KeyView.scopes(key).joined(separator: ","),
                key.createdAt.description,
                key.revokedAt?.description
            )
        }
        table.show()
    }

    private static func keys(_ store: OpenStore) async throws(CommandFailure) -> [APIKey] {
        try await translating(CommandFailure.init) { () async throws(StoreError) in
            try await store.stores.keys.keys()
        }
    }
}

struct KeysRevoke: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "revoke", abstract: "End a key for good.")

    @OptionGroup var config: ConfigOptions
    @OptionGroup var output: OutputOptions
    @Argument(help: "The key's id, as `keys list` shows it.")
    var id: String

    func run() async throws {
        let store = try await config.open().store
        let isRevoked = try await translating(CommandFailure.init) { () async throws(StoreError) in
            try await store.stores.keys.revoke(id, now: ProcessContext.clock())
        }
        guard isRevoked else {
            throw CommandFailure("there is no key `\(id)` that could be revoked; see `posthaste keys list`")
        }
        if output.json { return Terminal.json(["id": .string(id), "revoked": true]) }
        Terminal.line("\(id) is revoked")
    }
}
