// SPDX-License-Identifier: Apache-2.0
internal import Gateway

extension Duration {
    /// Whole seconds, rounded up and at least one: 0 would mean libcurl's own default.
    var wholeSecondsUp: Int { max(1, Int((milliseconds + 999) / 1000)) }
}
