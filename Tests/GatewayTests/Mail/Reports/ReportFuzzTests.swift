// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Mail

/// Damaged and repetitive reports: none stops the reader, and none takes more than linear time.
@Suite struct ReportFuzzTests {
    private static let pieces = [
        "\r\n", "\n", "\r\n\r\n", "--cut\r\n", "--cut--\r\n", "Final-Recipient: rfc822; \\x{", "Action: failed\r\n",
        "\\303",
        "Status: 5.1.", "Diagnostic-Code: smtp; 550-5.1.1 ", "Content-Type: message/delivery-status\r\n\r\n", "@", "<",
        ">:", "+",
        "X-Posthaste-Id: ", "Message-ID: <", "\u{FC}", "\0", "Content-Type: text/plain; charset=utf-7\r\n\r\n+", "#5.",
        " 5.0.0 ",
        "----- Original message -----\r\n", "ana@there.example\r\n", "Content-Transfer-Encoding: base64\r\n",
    ].map { Array($0.utf8) }

    private static let seeds = [
        ReportSamples.report(ReportSamples.failed), ReportSamples.complaint,
        ReportSamples.text(
            "<ana@there.example>:\nno (#5.1.1)\n\n--- Below this line is a copy\n" + ReportSamples.returnedHeader
        ),
    ]

    @Test func damagedReportsAreRead() {
        var noise = HostileText(seed: 7)
        for round in 0..<600 {
            var bytes = Self.seeds[round % Self.seeds.count]
            for _ in 0...noise.next(below: 6) {
                let position = noise.next(below: bytes.count + 1)
                let end = min(bytes.count, position + noise.next(below: 20))
                switch noise.next(below: 4) {
                case 0: bytes.insert(contentsOf: Self.pieces[noise.next(below: Self.pieces.count)], at: position)
                case 1: bytes.removeSubrange(position..<end)
                case 2:
                    if position < bytes.count { bytes[position] = UInt8(truncatingIfNeeded: noise.next(below: 256)) }
                default: if noise.next(below: 10) == 0 { bytes.removeSubrange(position...) }
                }
            }
            let report = MailReport(reading: bytes, hasNullSender: round.isMultiple(of: 2))
            guard case .delivery(let recipients) = report.content else { continue }
            for recipient in recipients {
                #expect((recipient.detail ?? "").unicodeScalars.count <= 500, "round \(round)")
                #expect(HeaderText.fault(in: recipient.detail ?? "") == nil, "round \(round)")
                _ = recipient.candidates
            }
        }
    }

    /// Each would take minutes if the work grew with the square of the size.
    @Test(
        .timeLimit(.minutes(5)),
        arguments: [
            "ana@there.example\n", "<a@b>:\n", "a@b\nx\n\n", "Final-Recipient: rfc822; a@b\n\n",
            "Final-Recipient: rfc822; a@b\n",
            "Action: failed\n x\n", "Message-ID: <\n", "X-Posthaste-Id: x\n", " x\n", "Diagnostic-Code: x; 550 5.1.1 ",
            "5.1.1 ", "1.",
            "+", "+AE", "\\x{", "\\3", "user unknown ", "=?utf-8?Q?", "----- Original message -----\n", "(#5.1.1)", "é",
        ]
    )
    func repeatedPiecesTakeLinearTime(_ piece: String) {
        let many = String(repeating: piece, count: 30_000 / piece.utf8.count)
        let heads = [
            "", "X-Failed-Recipients: ", "From: mailer-daemon@x\n\n", "Content-Type: text/plain; charset=utf-7\n\n",
            "Content-Type: message/delivery-status\n\n", "Content-Type: message/delivery-status\n\nDiagnostic-Code: ",
            "Content-Type: message/feedback-report\n\nFeedback-Type: abuse\nOriginal-Rcpt-To: ",
            "Content-Type: message/rfc822\n\n",
            "From: postmaster@x\n\nOriginal message\n",
        ]
        for head in heads {
            let report = MailReport(reading: Array((head + many).utf8), hasNullSender: true)
            guard case .delivery(let recipients) = report.content else { continue }
            _ = recipients.map(\.candidates)
        }
    }
}
