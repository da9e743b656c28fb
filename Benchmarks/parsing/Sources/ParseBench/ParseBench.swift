// SPDX-License-Identifier: Apache-2.0
import Basics
import Foundation
import JSON
import Mail

/// Reads and prepares a small mail and one with a large attachment, and prints the time of each step; writes both to a folder.
@main struct ParseBench {
    static func main() throws {
        let folder = CommandLine.arguments.count > 1 ? URL(filePath: CommandLine.arguments[1]) : nil
        for (name, bytes) in [("5 KB", try mail(attachment: 0)), ("5 MB", try mail(attachment: 5_000_000))] {
            let rules = HeaderOptions.Rules { _ in JSON.null }
            let completion = RawMessage.Completion(
                messageID: "1@example.org",
                date: .distantPast,
                from: nil,
                options: rules
            )
            let raw = try RawMessage(preparing: bytes, completion).bytes
            let steps: [(String, () throws -> Void)] = [
                ("parse", { _ = ParsedMessage(bytes).root }),
                ("parse and content", { _ = ParsedMessage(bytes).content() }),
                ("prepare", { _ = try RawMessage(preparing: bytes, completion).bytes }),
                ("for a hop", { _ = RawMessage.bytes(raw, for: RawHop(id: "msg_1")) }),
            ]
            for (step, work) in steps {
                let time = try measure(work)
                print("ours, \(name), \(step): \(rounded(time)) µs, \(rounded(Double(bytes.count) / time)) MB/s")
            }
            try folder.map { try Data(bytes).write(to: $0.appending(path: "\(name).eml")) }
        }
    }

    /// A mail with text and HTML, as large as a file of `attachment` octets makes it.
    private static func mail(attachment: Int) throws -> [UInt8] {
        let text = (1...16).map { "Line \($0) of the text – with some umlauts: äöü – and no more than that.\n" }
            .joined()
        let rows = (1...30).map { "<tr><td>Item \($0)</td><td style=\"text-align: right\">\($0).00 €</td></tr>\n" }
            .joined()
        let content = (0..<attachment).map { UInt8(truncatingIfNeeded: $0 &* 131 &+ $0 / 251) }
        let names = ["X-Mailer", "X-Entity", "List-Unsubscribe", "References", "X-Report", "X-Group"]
        let message = OutgoingMessage(
            id: "msg_1",
            messageID: "0192f3c4-7d2e.5a6b@example.org",
            date: Timestamp(milliseconds: 1_795_196_007_042),
            from: try Mailbox(parsing: "Jörg Müller <joerg@example.org>"),
            recipients: try (1...3).map { Recipient(try Mailbox(parsing: "Ana \($0) <ana\($0)@example.net>")) },
            subject: "Grüße aus Köln – Passwort zurücksetzen",
            text: text,
            html: "<table>\n\(rows)</table>",
            attachments: attachment == 0
                ? [] : [try AttachmentRules.attachment(fileName: "Übersicht.pdf", content: content)],
            headers: try names.map { try HeaderField(name: $0, value: "<https://example.org/\($0)?id=12345>") }
        )
        return MIMEWriter.message(message)
    }

    private static func rounded(_ number: Double) -> String { String(format: number < 100 ? "%.1f" : "%.0f", number) }

    /// Microseconds a call: the best of many rounds of a millisecond, which the machine's other work disturbs least.
    private static func measure(_ work: () throws -> Void) throws -> Double {
        let clock = ContinuousClock()
        func time(_ count: Int) throws -> Double {
            let start = clock.now
            for _ in 0..<count { try work() }
            let passed = start.duration(to: clock.now).components
            return (Double(passed.attoseconds) / 1e12 + Double(passed.seconds) * 1e6) / Double(count)
        }
        let count = max(1, Int(1000 / (try time(3))))
        var best = Double.infinity
        let start = clock.now
        while start.duration(to: clock.now) < .seconds(2) { best = min(best, try time(count)) }
        return best
    }
}
