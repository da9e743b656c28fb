// SPDX-License-Identifier: Apache-2.0

extension Table {
    /// Whole where it goes to a file or a program, cut to the width of a terminal.
    func show() {
        for line in lines(fitting: Terminal.width, isColoured: Terminal.isColoured) { Terminal.line(line) }
    }
}
