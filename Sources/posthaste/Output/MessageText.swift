// SPDX-License-Identifier: Apache-2.0
import Basics
import Mail
import Queue

/// Formats a message for a terminal.
enum MessageText {
    static func lines(_ record: MessageRecord) -> [String] {
        var lines = head(record).map { row($0.0, $0.1) }
        for recipient in record.recipients {
            let detail = recipient.detail.map { ": \($0)" } ?? ""
            lines.append(row(recipient.kind.rawValue, "\(recipient.address) (\(recipient.state.rawValue)\(detail))"))
        }
        if let failure = record.failure {
            lines.append(row("last error", "\(failure.kind) \(failure.code): \(failure.detail)"))
        }
        lines.append("")
        for event in record.events {
            let words = [event.kind.rawValue, event.provider, event.detail].compactMap(\.self)
            lines.append("\(event.at)  \(words.joined(separator: "  "))")
        }
        return lines.map(printable)
    }

    private static func head(_ record: MessageRecord) -> [(String, String)] {
        var head = [
            ("id", record.id), ("state", record.state.rawValue), ("lane", record.priority.name),
            ("brand", record.brand), ("created", record.createdAt.description),
        ]
        if let category = record.category { head.append(("category", category)) }
        if let list = record.request?.list { head.append(("list", list)) }
        if let due = record.due { head.append(("due", due.description)) }
        if let provider = record.provider { head.append(("provider", provider)) }
        if let id = record.providerMessageID { head.append(("provider's id", id)) }
        head.append(("tries", "\(record.attempts)"))
        switch record.request?.content {
        case .template(let name, let version, let locale, _):
            head.append(
                ("template", "\(name), version \(version.description.prefix(12))\(locale.map { ", \($0)" } ?? "")")
            )
        case .literal(let subject, _, _): head.append(("subject", subject))
        case .raw(let raw): head += [("subject", raw.subject), ("raw", "\(raw.size) bytes")]
        case nil: head.append(("content", "dropped, as `retention.content` asks for"))
        }
        return head
    }

    static func row(_ name: String, _ value: String) -> String {
        name + String(repeating: " ", count: max(1, 15 - name.count)) + value
    }

    /// Removes control characters, which could move the cursor of a terminal.
    static func printable(_ text: String) -> String {
        String(
            String.UnicodeScalarView(text.unicodeScalars.map { $0.properties.generalCategory == .control ? " " : $0 })
        )
    }
}
