// SPDX-License-Identifier: Apache-2.0

/// One way to tell somebody.
package protocol AlertChannel: Sendable {
    /// Makes one attempt; returning means that it has arrived at the other end.
    func send(_ alert: Alert) async throws(AlertFailure)
}

/// Why an alert did not arrive.
package struct AlertFailure: Error, Sendable, Hashable {
    package enum Kind: Sendable, Hashable {
        /// The same may work later; `after` when the other end says when.
        case retry(after: Duration?)
        /// This channel cannot carry this alert, for its way leads through what is reported.
        case unsuitable
    }

    package let kind: Kind
    /// In plain words, with a way out where there is one; without secrets.
    package let detail: String

    package init(_ kind: Kind, _ detail: String) {
        self.kind = kind
        self.detail = detail
    }

    /// What may work later.
    package init(_ detail: String) {
        self.init(.retry(after: nil), detail)
    }
}
