// SPDX-License-Identifier: Apache-2.0
import JSON
import Storage

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
