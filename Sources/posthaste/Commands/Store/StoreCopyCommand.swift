// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Boundary
import JSON
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
        do throws(SchemaError) {
            let copy = StoreCopy(from: here, to: there, Features.schema) { try JSONReader.read($0) }
            return try await copy.run(now: ProcessContext.clock()) {
                progress.note(Progress.Step(done: $1, total: $2, subject: $0))
            }
        } catch {
            let isSchema = if case .copying = error { false } else { true }
            throw CommandFailure(isSchema ? .badConfig : .failed, [error.description])
        }
    }
}

extension CopyReport {
    func show() {
        var table = Table("TABLE", "SOURCE", "TARGET", "COPIED", "THERE", "DIFFER", "CHECKSUM", "")
        for entry in tables {
            table.add(
                entry.name,
                "\(entry.source.rows)",
                "\(entry.target.rows)",
                "\(entry.copied)",
                "\(entry.present)",
                "\(entry.differing)",
                String(entry.source.checksum.prefix(12)),
                entry.isEqual ? "ok" : "DIFFERS: \(entry.target.checksum.prefix(12))"
            )
        }
        table.show()
        for difference in differences {
            Terminal.line("\(difference.table) \(difference.key.joined(separator: " ")): \(difference.reason.words)")
        }
        let untold = tables.reduce(0) { $0 + $1.differing } - differences.count
        if untold > 0 { Terminal.line("and \(untold) more") }
        Terminal.line(isEqual ? "both stores hold the same" : "the two stores differ")
    }

    var json: JSON {
        [
            "tables": .array(tables.map(\.json)),
            "differences": .array(differences.map(\.json)),
            "equal": .bool(isEqual),
        ]
    }
}

extension CopyReport.TableOutcome {
    fileprivate var json: JSON {
        [
            "table": .string(name), "copied": .integer(copied), "there": .integer(present),
            "differing": .integer(differing), "source": source.json, "target": target.json, "equal": .bool(isEqual),
        ]
    }
}

extension TableSum {
    fileprivate var json: JSON { ["rows": .integer(rows), "checksum": .string(checksum)] }
}

extension CopyReport.Difference {
    fileprivate var json: JSON {
        [
            "table": .string(table), "key": .array(key.map(JSON.string)), "why": .string(reason.words),
        ]
    }
}

struct StoreCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "store",
        abstract: "The store as a whole.",
        subcommands: [StoreCopyCommand.self]
    )
}
