// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Basics
import JSON
import Storage
import Submission

struct ConsoleCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "console",
        abstract: "Print a link into the console: it works once, for five minutes, and may do everything."
    )

    @OptionGroup var config: ConfigOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let (loaded, store) = try await config.open()
        guard loaded.settings.console.isEnabled else {
            throw CommandFailure("the console is switched off; set `console: { enabled: true }` in \(loaded.file.path)")
        }
        let now = ProcessContext.clock()
        let token = try await translating(CommandFailure.init) { () async throws(StoreError) in
            try await ConsoleLink.make(in: store.stores.consoleLinks, now: now, random: ProcessContext.random)
        }
        let link = "\(loaded.settings.publicURL)/console/login/\(token.exposed)"
        if output.json {
            let expiry = (now + ConsoleLink.lifetime).description
            return Terminal.json(["url": .string(link), "expires_at": .string(expiry)])
        }
        Terminal.line(link)
    }
}
