// SPDX-License-Identifier: Apache-2.0
internal import Gateway

/// The message as services take it that get a whole one: bytes of RFC 5322, lines ended by CRLF, Bcc left out.
enum RawMessage {
    static func content(of message: OutgoingMessage) -> [UInt8] {
        MIMEWriter.message(message)
    }
}
