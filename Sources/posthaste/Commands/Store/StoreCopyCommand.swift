// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Boundary
import Gateway
import Storage

struct StoreCopyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "copy",
        abstract: "Move everything from one store to another.",
        discussion: """
            Stop the gateways first. Rows that are there are left as they are, so the same command may be run again and goes on \
            after an interruption. At the end both stores are counted and compared, table by table; exit 1 when they differ. \
            A password need not stand on the command line: libpq reads $PGPASSWORD and ~/.pgpass.
            """
    )

    @Option(name: .long, help: "The store to read: sqlite:PATH or postgres://user@host/database.")
    var from: String
    @Option(name: .long, help: "The store to write, which is brought up to date first.")
    var to: String
    @Flag(name: .long, help: "Copy although a gateway serves one of them.")
    var force = false
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let source = try StoreAddress(from, option: "--from")
        let target = try StoreAddress(to, option: "--to")
        guard !source.isSame(as: target) else {
            throw CommandFailure(.wrongUsage, ["--from and --to are the same store"])
        }
        let report = try await copy(source, target)
        if output.json { Terminal.json(report.json) } else { report.show() }
        guard report.isEqual else {
            throw CommandFailure("the two stores differ; see docs/postgresql.md on what to do")
        }
    }

    private func copy(_ source: StoreAddress, _ target: StoreAddress) async throws(CommandFailure) -> CopyReport {
        let (here, there) = (try await source.openExisting(), try await target.open())
        var locks: [ServeLock?] = []
        if !force { locks = [try await source.reserve(here), try await target.reserve(there)] }
        defer { withExtendedLifetime(locks) {} }
        let progress = Progress("rows")
        defer { progress.end() }
        do throws(CopyError) {
            let copy = StoreCopy(from: here, to: there) { try JSONReader.read($0) }
            return try await copy.run(now: Machine.clock()) {
                progress.note(Progress.Step(done: $1, total: $2, subject: $0))
            }
        } catch {
            throw CommandFailure(error)
        }
    }
}

extension CommandFailure {
    fileprivate init(_ error: CopyError) {
        let isSchema = if case .database = error { false } else { true }
        self.init(isSchema ? .badConfig : .failed, [error.description])
    }
}
