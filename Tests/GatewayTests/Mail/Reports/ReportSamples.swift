// SPDX-License-Identifier: Apache-2.0

/// Reports written after RFC 3464, RFC 5965 and RFC 6533, and after the forms of servers that do not follow them.
enum ReportSamples {
    static let id = "msg_01KF0000000000000000000001"
    static let returnedHeader = """
        Received: from app.example.org by relay.example.org; Tue, 1 Dec 2026 08:00:00 +0000
        Message-ID: <\(id)@shop.example.org>
        x-posthaste-id: \(id)
        To: ana@there.example
        Subject: Your order

        """

    /// A report of three parts with these fields of the recipients.
    static func report(
        _ recipients: String,
        text: String = "Sorry.",
        type: String = "message/delivery-status",
        encoding: String = "7bit",
        top: String = "multipart/report; report-type=delivery-status",
        returned: String = "text/rfc822-headers"
    ) -> [UInt8] {
        bytes(
            """
            From: Mail System <MAILER-DAEMON@relay.example.org>
            To: b@bounces.example.org
            Subject: Undelivered Mail
            Auto-Submitted: auto-replied
            Content-Type: \(top); boundary=cut

            --cut
            Content-Type: text/plain; charset=utf-8

            \(text)

            --cut
            Content-Type: \(type)
            Content-Transfer-Encoding: \(encoding)

            Reporting-MTA: dns; relay.example.org

            \(recipients)

            --cut
            Content-Type: \(returned)

            \(returnedHeader)
            Message-ID: <in-the-body@shop.example.org>
            --cut--
            """
        )
    }

    /// A report without parts.
    static func text(_ text: String, from: String = "MAILER-DAEMON@relay.example.org", fields: String = "") -> [UInt8] {
        bytes("From: \(from)\nSubject: failure notice\n\(fields)\n\(text)\n")
    }

    static func bytes(_ text: String) -> [UInt8] {
        Array(text.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\r\n").utf8)
    }

    static let failed = """
        Final-Recipient: rfc822; ana@there.example
        Action: failed
        Status: 5.1.1
        """

    static let complaint = bytes(
        """
        From: fbl@there.example
        Content-Type: multipart/report; report-type=feedback-report; boundary=cut

        --cut

        Abuse.
        --cut
        Content-Type: message/feedback-report

        Feedback-Type: abuse
        User-Agent: Loop/1
        Version: 1
        Original-Rcpt-To: <ana@there.example>
        --cut
        Content-Type: message/rfc822

        \(returnedHeader)
        --cut--
        """
    )
}
