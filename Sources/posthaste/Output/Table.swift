// SPDX-License-Identifier: Apache-2.0

/// Columns of text for people.
struct Table {
    private var rows: [[String]]

    init(_ header: String...) {
        rows = [header]
    }

    mutating func add(_ cells: String?...) {
        rows.append(cells.map { $0.map(MessageText.printable) ?? "-" })
    }

    /// The lines, each column as wide as its widest cell; nothing but the header for an empty table.
    var lines: [String] {
        let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            let cells = row.indices.map { column in
                let isLast = column == row.count - 1
                return row[column] + String(repeating: " ", count: isLast ? 0 : widths[column] - row[column].count)
            }
            return cells.joined(separator: "  ")
        }
    }
}
