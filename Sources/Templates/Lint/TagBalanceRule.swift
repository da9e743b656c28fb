// SPDX-License-Identifier: Apache-2.0

/// Start and end tags without a partner, on any way through the sections.
enum TagBalanceRule {
    @Sendable static func findings(_ subject: LintSubject) -> [LintFinding] {
        (subject.allWays?.balance.faults ?? []).map { .warning($0.message, at: $0.position) }
    }
}
