// SPDX-License-Identifier: Apache-2.0

/// Start and end tags without a counterpart, on any branch of the sections.
enum TagBalanceRule {
    @Sendable static func findings(_ subject: LintSubject) -> [LintFinding] {
        (subject.allWays?.balance.faults ?? []).map { .warning($0.message, at: $0.position) }
    }
}
