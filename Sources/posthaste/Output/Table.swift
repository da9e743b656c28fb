// SPDX-License-Identifier: Apache-2.0

/// Formats columns of text.
struct Table {
    private static let gap = 2
    /// Columns are not cut below this width.
    private static let narrowest = 8

    private var rows: [[String]]

    init(_ header: String...) {
        rows = [header]
    }

    mutating func add(_ cells: String?...) {
        rows.append(cells.map { $0.map(MessageText.printable) ?? "-" })
    }

    /// The lines, each column as wide as its widest cell; only the header for an empty table.
    var lines: [String] { lines(fitting: nil, isColoured: false) }

    /// The lines, cut to `width` columns where possible: the widest columns are cut and end in `…`.
    ///
    /// With colours the header is bold, and status words such as `failed` are coloured.
    func lines(fitting width: Int?, isColoured: Bool) -> [String] {
        let widths = widths(fitting: width)
        return rows.enumerated().map { number, row in
            let cells = row.indices.map { column in
                let cell = Self.cut(row[column], to: widths[column])
                let isLast = column == row.count - 1
                let space = String(repeating: " ", count: isLast ? 0 : widths[column] - cell.count)
                let paint = isColoured ? number == 0 ? Paint.heading : Paint.of(cell) : nil
                return (paint?.on(cell) ?? cell) + space
            }
            return cells.joined(separator: String(repeating: " ", count: Self.gap))
        }
    }

    private func widths(fitting width: Int?) -> [Int] {
        var widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        guard let width else { return widths }
        var excess = widths.reduce(0, +) + (widths.count - 1) * Self.gap - width
        while excess > 0, let widest = widths.indices.max(by: { widths[$0] < widths[$1] }),
            widths[widest] > max(Self.narrowest, rows[0][widest].count)
        {
            widths[widest] -= 1
            excess -= 1
        }
        return widths
    }

    private static func cut(_ text: String, to width: Int) -> String {
        text.count > width ? text.prefix(width - 1) + "…" : text
    }
}

extension Table {
    /// Prints the whole table to a file or pipe, and cuts it to the width of a terminal.
    func show() {
        for line in lines(fitting: Terminal.width, isColoured: Terminal.isColoured) { Terminal.line(line) }
    }
}
