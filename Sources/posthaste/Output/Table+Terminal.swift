// SPDX-License-Identifier: Apache-2.0

extension Table {
    func show() {
        for line in lines { Terminal.line(line) }
    }
}
