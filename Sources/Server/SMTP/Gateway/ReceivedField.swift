// SPDX-License-Identifier: Apache-2.0
internal import Basics

/// The trace field that the server puts in front of a mail (RFC 5321 section 4.4).
enum ReceivedField {
    /// The value on one line; the writer folds it.
    static func value(_ mail: ReceivedMail, id: String, _ settings: GatewaySubmission.Settings, _ now: Timestamp)
        -> String
    {
        let envelope = mail.envelope
        var value = "from \(word(envelope.helloName))"
        if let client = mail.client, settings.showsPrivateClients || !client.isPrivate {
            value += client.isIPv4 ? " ([\(client)])" : " ([IPv6:\(client)])"
        }
        value += " by \(settings.hostname) with \(envelope.protocolName) id \(id)"
        // With several recipients the field would show hidden ones.
        if envelope.recipients.count == 1, let only = envelope.recipients.first { value += " for <\(only)>" }
        return value + "; \(now.internetDate)"
    }

    /// A name of a client as one word without a meaning of its own in the field.
    private static func word(_ name: String) -> String {
        String(
            decoding: name.utf8.map { byte in
                byte.isASCIIAlphanumeric || "-._:[]".utf8.contains(byte) ? byte : UInt8(ascii: "_")
            },
            as: UTF8.self
        )
    }
}
