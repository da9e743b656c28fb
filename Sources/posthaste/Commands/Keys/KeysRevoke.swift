// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Gateway
import JSON
import Storage

struct KeysRevoke: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "revoke", abstract: "End a key for good.")

    @OptionGroup var config: ConfigOptions
    @OptionGroup var output: OutputOptions
    @Argument(help: "The key's id, as `keys list` shows it.")
    var id: String

    func run() async throws {
        let store = try await config.open().store
        let isRevoked: Bool
        do throws(OutboxError) {
            isRevoked = try await store.stores.keys.revoke(id, now: Machine.clock())
        } catch {
            throw CommandFailure(error)
        }
        guard isRevoked else {
            throw CommandFailure("there is no key `\(id)` that could be revoked; see `posthaste keys list`")
        }
        if output.json { return Terminal.json(["id": .string(id), "revoked": true]) }
        Terminal.line("\(id) is revoked")
    }
}
