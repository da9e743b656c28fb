// SPDX-License-Identifier: Apache-2.0
import JSON

/// One thing that `doctor` has looked at.
struct Finding: Sendable, Equatable {
    enum Verdict: String, Sendable {
        case ok, warning, fault
    }

    let subject: String
    let verdict: Verdict
    let detail: String

    var line: String {
        MessageText.printable(MessageText.row(verdict.rawValue, MessageText.row(subject, detail)))
    }

    var json: JSON {
        .object(
            JSONObject([
                ("check", .string(subject)), ("verdict", .string(verdict.rawValue)), ("detail", .string(detail)),
            ])
        )
    }
}
