// SPDX-License-Identifier: Apache-2.0

extension Renderer {
    /// Ends the current line, unless the text is still empty, and adds `blank` empty lines.
    mutating func breakLine(blank: Int) {
        while let last = output.last, last.isBlank { output.removeLast() }
        guard !output.isEmpty else { return }
        var breaks = 0
        while breaks <= blank, breaks < output.count, output[output.count - 1 - breaks] == .lineFeed { breaks += 1 }
        while breaks <= blank {
            output.append(.lineFeed)
            breaks += 1
        }
    }

    mutating func appendSoftSpace() {
        guard let last = output.last, !last.isSpace else { return }
        output.append(.space)
    }
}
