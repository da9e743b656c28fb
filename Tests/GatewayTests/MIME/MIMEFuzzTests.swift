// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Mail

/// Any text stays in its place.
@Suite struct MIMEFuzzTests {
    /// Names of the fields of the header; nil when a line is broken, too long, blank or not ASCII.
    private func fieldNames(_ bytes: [UInt8]) -> [String]? {
        var names: [String] = []
        var (start, isHeader) = (0, true)
        for (position, byte) in bytes.enumerated() {
            guard byte < 0x80, byte != 0x0D || (position + 1 < bytes.count && bytes[position + 1] == 0x0A) else {
                return nil
            }
            guard byte == 0x0A else { continue }
            guard position > 0, bytes[position - 1] == 0x0D, position - 1 - start <= 998 else { return nil }
            let line = bytes[start..<(position - 1)]
            start = position + 1
            guard isHeader else { continue }
            if line.isEmpty {
                isHeader = false
            } else if line.first != 0x20 {
                names.append(String(decoding: line.prefix { $0 != UInt8(ascii: ":") }, as: UTF8.self))
            } else if line.allSatisfy({ $0 == 0x20 }) {
                return nil
            }
        }
        return start == bytes.count ? names : nil
    }

    @Test func checkedTextsNeverAddAField() throws {
        var noise = HostileText(seed: 1)
        for round in 0..<1500 {
            let message = try noise.message()
            let names = fieldNames(MIMEWriter.message(message))
            #expect(names?.sorted() == PythonCheck.fieldNames(of: message).sorted(), "round \(round)")
        }
    }

    @Test func uncheckedTextsNeverAddAFieldEither() throws {
        var noise = HostileText(seed: 2)
        let address = try EmailAddress(parsing: "a@b.example")
        for round in 0..<1500 {
            var message = try noise.message()
            message.subject = noise.text()
            message.messageID = noise.text() + String(repeating: noise.text(), count: noise.next(below: 40))
            message.from = Mailbox(checkedName: noise.text(), address: address)
            message.headers.append(HeaderField(checkedName: "X-B", checkedValue: noise.text()))
            let names = fieldNames(MIMEWriter.message(message))
            #expect(names?.sorted() == PythonCheck.fieldNames(of: message).sorted(), "round \(round)")
        }
    }

    @Test func whatIsAcceptedHoldsNothingThatBreaksALine() {
        var noise = HostileText(seed: 3)
        for _ in 0..<5000 {
            let text = noise.text()
            // A refusal is a valid result.
            let accepted = [
                try? Mailbox(parsing: text).display, try? EmailAddress(parsing: text).description,
                try? HeaderText.subject(text),
                try? HeaderField(name: "X-A", value: text).value, try? HeaderField(name: text, value: "x").name,
                try? AttachmentRules.attachment(fileName: text, content: []).fileName,
                try? AttachmentRules.attachment(fileName: "a", contentType: text, content: []).contentType,
                try? AttachmentRules.attachment(fileName: "a", contentID: text, content: []).contentID,
            ]
            for text in accepted.compactMap(\.self) {
                #expect(
                    text.unicodeScalars.allSatisfy { HeaderText.forbiddenName($0) == nil },
                    "\(text.debugDescription)"
                )
            }
        }
    }
}
