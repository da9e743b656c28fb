// SPDX-License-Identifier: Apache-2.0

extension Duration {
    var wholeMilliseconds: Int {
        let (seconds, attoseconds) = components
        return Int(seconds) * 1000 + Int(attoseconds / 1_000_000_000_000_000)
    }

    /// Whole seconds, rounded up and at least one: 0 would mean libcurl's own default.
    var wholeSecondsUp: Int { max(1, (wholeMilliseconds + 999) / 1000) }
}
