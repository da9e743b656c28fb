// SPDX-License-Identifier: Apache-2.0
package import Basics

/// A key under the name by which receivers find its public half (RFC 6376 section 3.1).
package struct DKIMSigner: Sendable, Hashable {
    /// The signing domain, lower-case and in A-labels.
    package let domain: String
    package let selector: String
    package let key: DKIMKey

    /// For values that were already checked.
    package init(checkedDomain domain: String, checkedSelector selector: String, key: DKIMKey) {
        (self.domain, self.selector, self.key) = (domain, selector, key)
    }

    /// The name of the DNS record with the public key (RFC 6376 section 3.6.2.1).
    package var recordName: String { "\(selector)._domainkey.\(domain)" }

    /// True for mail from the signing domain or a domain below it.
    package func signs(mailFrom domain: String) -> Bool { domain == self.domain || domain.hasSuffix(".\(self.domain)") }
}

/// The signatures that a message gets when it is written.
package struct DKIMSigning: Sendable {
    let signers: [DKIMSigner]
    let time: Timestamp

    /// One signature for each signer, made at `time`.
    package init(_ signers: [DKIMSigner], at time: Timestamp) {
        (self.signers, self.time) = (signers, time)
    }

    /// The `DKIM-Signature` fields of a message, to be written before its first field.
    ///
    /// `message` is complete, with CRLF line ends, and sent with these octets.
    func fields(for message: [UInt8]) -> [UInt8] {
        let content = DKIMContent(message)
        let names = DKIMFields.names(in: content)
        let hash = content.hash(of: names)
        var output: [UInt8] = []
        for signer in signers {
            var field = unsigned(signer, names, bodyHash: content.bodyHash)
            guard let signature = signer.key.signature(of: DKIMContent.digest(hash, with: field.bytes)) else {
                continue
            }
            field.appendFolded(base64: Base64.encode(signature))
            field.newLine()
            output += field.bytes
        }
        return output
    }

    /// The field up to its `b=`, which has no value yet (RFC 6376 section 3.5).
    ///
    /// Its lines have at most 76 octets, unless the domain or the selector is longer: neither can be folded.
    private func unsigned(_ signer: DKIMSigner, _ names: [String], bodyHash: [UInt8]) -> MessageBuffer {
        var field = MessageBuffer(capacity: 1024)
        field.beginField("DKIM-Signature")
        field.append("v=1;")
        let tags = [
            "a=\(signer.key.algorithm.tag);", "c=relaxed/relaxed;", "d=\(signer.domain);", "s=\(signer.selector);",
            "t=\(time.milliseconds / 1000);",
        ]
        for tag in tags { field.append(word: tag) }
        for (position, name) in names.enumerated() {
            let text = name + (position == names.count - 1 ? ";" : ":")
            if position == 0 { field.append(word: "h=\(text)") } else { field.append(foldable: text) }
        }
        field.append(word: "bh=\(Base64.encode(bodyHash));")
        field.newLine()
        field.append(" b=")
        return field
    }
}

extension MessageBuffer {
    /// Appends a word after a blank or a fold.
    fileprivate mutating func append(word: String) {
        blankOrFold(before: word.utf8.count)
        append(word)
    }

    /// Appends a text that may follow directly or after a fold.
    fileprivate mutating func append(foldable text: String) {
        if column + text.utf8.count > Self.lineLimit {
            newLine()
            append(" ")
        }
        append(text)
    }

    /// Appends digits that may be folded anywhere.
    fileprivate mutating func appendFolded(base64 digits: String) {
        var rest = Array(digits.utf8)[...]
        while !rest.isEmpty {
            if column >= Self.lineLimit {
                newLine()
                append(" ")
            }
            let line = rest.prefix(Self.lineLimit - column)
            bytes.append(contentsOf: line)
            rest = rest.dropFirst(line.count)
        }
    }
}

/// The fields that a signature covers (RFC 6376 section 5.4.1).
enum DKIMFields {
    /// Covered once more than they occur, so that nothing can add another one; each may occur only once.
    private static let oversigned = [
        "from", "reply-to", "to", "cc", "subject", "date", "message-id", "content-type",
    ]

    /// Covered where they occur.
    ///
    /// Trace fields are not: servers write them on the way.
    private static let signed = [
        "sender", "mime-version", "content-transfer-encoding", "in-reply-to", "references", "auto-submitted", "list-id",
        "list-help", "list-unsubscribe", "list-unsubscribe-post", "list-subscribe", "list-post", "list-owner",
        "list-archive", "feedback-id",
    ]

    /// The names for `h=`, with repeats.
    static func names(in content: DKIMContent) -> [String] {
        oversigned.flatMap { Array(repeating: $0, count: content.count(of: $0) + 1) }
            + signed.flatMap { Array(repeating: $0, count: content.count(of: $0)) }
    }
}
