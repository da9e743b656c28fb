// SPDX-License-Identifier: Apache-2.0
import Basics

/// The fields of a status part, `message/delivery-status` (RFC 3464 section 2.1) or `message/feedback-report`.
struct StatusFields: Sendable {
    /// More blocks, and more fields of a block, are passed over.
    private static let limit = 500

    /// The blocks between empty lines, each with the names of its fields in lower case and their values on one line.
    private(set) var blocks: [[(name: String, value: String)]] = []

    /// Reads the decoded content of the part.
    ///
    /// A line that is neither a field nor begins with a blank continues the one before it: some servers fold so.
    init(_ content: [UInt8]) {
        var block: [(name: String, value: [UInt8])] = []
        for line in content.split(separator: 0x0A, omittingEmptySubsequences: false) {
            let text = line.trimmed
            if text.isEmpty {
                close(&block)
            } else if line.first?.isBlank != true, let colon = Self.colon(line) {
                guard block.count < Self.limit else { continue }
                block.append((line[..<colon].asciiLowercased ?? "", Array(line[(colon + 1)...].trimmed)))
            } else if !block.isEmpty {
                block[block.count - 1].value += [0x20] + text
            }
        }
        close(&block)
    }

    private mutating func close(_ block: inout [(name: String, value: [UInt8])]) {
        guard !block.isEmpty, blocks.count < Self.limit else { return block.removeAll() }
        blocks.append(block.map { ($0.name, EncodedWords.decode($0.value[...])) })
        block.removeAll()
    }

    /// The colon after a field name at the start of the line.
    private static func colon(_ line: ArraySlice<UInt8>) -> Int? {
        guard let colon = line.prefix(80).firstIndex(of: UInt8(ascii: ":")), colon > line.startIndex,
            line[..<colon].allSatisfy({ $0.isASCIIAlphanumeric || $0 == UInt8(ascii: "-") })
        else { return nil }
        return colon
    }
}

/// What a report says about one recipient in a block of `message/delivery-status` (RFC 3464 section 2.3).
struct RecipientBlock: Sendable {
    enum Action: Sendable {
        case failed, delayed, delivered
        /// Handed on, or expanded to a list: the recipient has it, or not.
        case passedOn
    }

    let action: Action?
    let original: ReportedAddress?
    let final: ReportedAddress?
    let actual: ReportedAddress?
    let status: EnhancedStatusCode?
    /// The words of `Diagnostic-Code`, without their type.
    let diagnostic: String

    /// Nil for the block of the message, which has no recipient.
    init?(_ block: [(name: String, value: String)]) {
        func value(_ name: String) -> String? { block.first { $0.name == name }?.value }
        let word = value("action")?.split { !$0.isLetter }.first?.lowercased()
        original = value("original-recipient").flatMap(ReportedAddress.init)
        final = value("final-recipient").flatMap(ReportedAddress.init)
        actual = value("x-actual-recipient").flatMap(ReportedAddress.init)
        guard word != nil || original != nil || final != nil || actual != nil else { return nil }
        // A comment may follow: `5.1.1 (bad destination mailbox address)`.
        status = value("status")?.split { $0 != "." && !$0.isNumber }.first.flatMap { EnhancedStatusCode($0) }
        diagnostic = Self.withoutType(value("diagnostic-code") ?? "")
        action = Self.action(word, status, diagnostic)
    }

    private static func action(_ word: String?, _ status: EnhancedStatusCode?, _ diagnostic: String) -> Action? {
        switch word {
        case "failed", "expired": return .failed
        case "delayed": return .delayed
        case "delivered": return .delivered
        case "relayed", "expanded": return .passedOn
        default: break
        }
        switch status?.level {
        case 2: return .delivered
        case 4: return .delayed
        case 5: return .failed
        default: return (ReplyCodes(diagnostic).reply ?? 0) >= 500 ? .failed : nil
        }
    }

    /// What follows `smtp;`; some servers write no type.
    private static func withoutType(_ value: String) -> String {
        guard let end = value.utf8.prefix(40).firstIndex(of: UInt8(ascii: ";")),
            value.utf8[..<end].allSatisfy({ $0.isASCIIAlphanumeric || $0 == UInt8(ascii: "-") })
        else { return value }
        return String(value[value.utf8.index(after: end)...].trimmed(" \t"))
    }
}
