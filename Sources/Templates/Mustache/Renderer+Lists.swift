// SPDX-License-Identifier: Apache-2.0

/// The numbers of the ordered lists of a text part.
struct ListNumbers {
    private struct List {
        /// The number of the next item; for a list that counts down from its size, the difference from the size.
        var next: Int
        let step: Int
        let style: ListStyle
        var count = 0
        /// Items whose numbers are known only at the end of the list, with their positions.
        var open: [(offset: Int, below: Int, style: ListStyle)] = []
        var countsFromSize: Bool
    }

    private var lists: [List] = []
    private var missing: [(offset: Int, text: String)] = []

    mutating func follow(_ step: ListStep, _ output: inout [UInt8]) {
        switch step {
        case .open(let start, let isReversed, let style):
            let countsFromSize = isReversed && start == nil
            let first = countsFromSize ? 0 : Int(start ?? 1)
            lists.append(
                List(next: first, step: isReversed ? -1 : 1, style: style, countsFromSize: countsFromSize)
            )
        case .item(let value, let style): item(value, style, &output)
        case .close:
            guard let list = lists.popLast() else { return }
            missing += list.open.map { ($0.offset, $0.style.text(list.count + $0.below)) }
        }
    }

    private mutating func item(_ value: Int32?, _ style: ListStyle?, _ output: inout [UInt8]) {
        guard let last = lists.indices.last else {
            // A section has left out the beginning of the list.
            return output.append(contentsOf: "- ".utf8)
        }
        if let value { (lists[last].next, lists[last].countsFromSize) = (Int(value), false) }
        let style = style ?? lists[last].style
        if lists[last].countsFromSize {
            lists[last].open.append((output.count, lists[last].next, style))
        } else {
            output.append(contentsOf: style.text(lists[last].next).utf8)
        }
        output.append(contentsOf: ". ".utf8)
        lists[last].next += lists[last].step
        lists[last].count += 1
    }

    /// Inserts the numbers into `output` that were known only at the end of their lists.
    mutating func finish(_ output: inout [UInt8]) {
        while !lists.isEmpty { follow(.close, &output) }
        guard !missing.isEmpty else { return }
        var result: [UInt8] = []
        result.reserveCapacity(output.count + missing.count * 3)
        var start = 0
        for (offset, text) in missing.sorted(by: { $0.offset < $1.offset }) {
            result += output[start..<offset]
            result += text.utf8
            start = offset
        }
        output = result + output[start...]
        missing = []
    }
}
