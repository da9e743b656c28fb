// SPDX-License-Identifier: Apache-2.0
import Foundation
import GatewayTesting
import JSON

@testable import Basics
@testable import Mail

/// Parses messages with Python's `email` package and compares them with the input.
enum PythonCheck {
    static let isAvailable = (try? run(["-c", "import email"])) != nil

    /// One line for each difference; none when Python reads each message as intended.
    static func problems(in messages: [(label: String, message: OutgoingMessage)]) throws -> [String] {
        let folder = FileManager.default.temporaryDirectory.appending(path: "posthaste-mime-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        // A leftover temporary file does no harm.
        defer { try? FileManager.default.removeItem(at: folder) }
        for (number, entry) in messages.enumerated() {
            try Data(MIMEWriter.message(entry.message)).write(to: folder.appending(path: "\(number).eml"))
        }
        let expected = JSON.array(messages.map { expectation($0.label, $0.message) })
        try Data(expected.encoded()).write(to: folder.appending(path: "expected.json"))
        let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "check.py")
        return try run([script.path, folder.path]).split(separator: "\n").map(String.init)
    }

    private static func run(_ arguments: [String]) throws -> String {
        try OutsideProgram("/usr/bin/env", ["python3"] + arguments).output()
    }

    private static func expectation(_ label: String, _ message: OutgoingMessage) -> JSON {
        let international = ([message.from] + message.replyTo + message.recipients.map(\.mailbox))
            .contains { !$0.address.isASCII }
        return [
            "label": .string(label), "international": .bool(international),
            "subject": .string(message.subject), "message_id": .string("<\(message.messageID)>"),
            "date": .string(message.date.internetDate),
            "from": [mailbox(message.from)], "to": list(message, .to), "cc": list(message, .cc),
            "reply-to": .array(message.replyTo.map(mailbox)),
            "headers": .array(message.headers.map { [.string($0.name), .string($0.value)] }),
            "fields": .array(fieldNames(of: message).map { .string($0) }),
            "text": .string(message.text), "html": message.html.map { .string($0) } ?? .null,
            "files": .array(message.attachments.map(file)),
        ]
    }

    private static func mailbox(_ mailbox: Mailbox) -> JSON {
        [.string(mailbox.name ?? ""), .string(mailbox.address.description)]
    }

    private static func list(_ message: OutgoingMessage, _ kind: Recipient.Kind) -> JSON {
        .array(message.recipients.filter { $0.kind == kind }.map { mailbox($0.mailbox) })
    }

    private static func file(_ file: Attachment) -> JSON {
        [
            "name": .string(file.fileName), "type": .string(String(file.contentType.prefix { $0 != ";" })),
            "disposition": .string(file.disposition.rawValue), "id": file.contentID.map { .string($0) } ?? .null,
            "content": .string(Base64.encode(file.content)),
        ]
    }

    /// The fields of a message without hostile parts.
    static func fieldNames(of message: OutgoingMessage) -> [String] {
        let kinds = Set(message.recipients.map(\.kind)).subtracting([.bcc])
        var names = [
            "From", "Subject", "Date", "Message-ID", "X-Posthaste-Id", "Auto-Submitted", "X-Auto-Response-Suppress",
        ]
        names += ["MIME-Version", "Content-Type"]
        if kinds.contains(.to) || kinds.isEmpty { names.append("To") }
        if kinds.contains(.cc) { names.append("Cc") }
        if !message.replyTo.isEmpty { names.append("Reply-To") }
        if message.html == nil, message.attachments.isEmpty { names.append("Content-Transfer-Encoding") }
        return names + message.headers.map(\.name)
    }
}
