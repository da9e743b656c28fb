// SPDX-License-Identifier: Apache-2.0

/// The result of one check of `doctor`.
package struct DoctorFinding: Sendable, Equatable {
    package enum Verdict: String, Sendable {
        case ok, warning, fault
    }

    /// What was checked, one or two words.
    package let subject: String
    package let verdict: Verdict
    package let detail: String

    package init(subject: String, verdict: Verdict, detail: String) {
        self.subject = subject
        self.verdict = verdict
        self.detail = detail
    }
}
