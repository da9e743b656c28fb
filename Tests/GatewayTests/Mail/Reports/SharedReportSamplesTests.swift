// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

@testable import Mail

/// Reads a collection of real reports if a copy of it is next to the repository.
@Suite struct SharedReportSamplesTests {
    private static let folder = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("../shared/data/dsn")
    private static let isThere = FileManager.default.fileExists(atPath: folder.path)

    private static let expected: [(file: String, outcomes: [String])] = [
        ("01-postfix-unknown", ["anna@gone.example.org hard"]),
        ("02-postfix-orcpt-headers", ["anna.b@gone.example.org hard"]),
        ("03-postfix-two-recipients", ["carl@full.example.org soft", "anna@gone.example.org hard"]),
        ("04-postfix-no-domain", ["dora@nosuch.example.org hard"]),
        ("05-postfix-delayed", ["fritz@defer.example.org delayed"]),
        ("06-postfix-expired", ["gerd@down.example.org soft"]), ("07-postfix-relayed", []),
        ("08-postfix-smtputf8", ["jörg@utf8.example.org hard"]),
        ("09-postfix-big-headers-only", ["anna@gone.example.org hard"]),
        ("10-exim-full-status-500", ["carl@full.example.org soft"]),
        ("11-exim-unrouteable", ["dora@nosuch.example.org hard"]),
        ("12-exim-smtputf8", ["jörg@utf8.example.org hard"]), ("13-sendmail-relayed", []),
        ("14-forged-no-proof", ["vip@customer.example.org hard"]),
        ("15-gmail-nxdomain", ["lena@nosuch.example.org hard"]),
        ("16-exchange-unknown", ["max.mustermann@corp.example.org hard"]),
        ("17-exchange-text-only", ["nora@corp.example.org soft"]),
        ("18-qmail", ["otto@old.example.org hard"]), ("19-arf-complaint", ["complaint"]),
        ("20-out-of-office", ["automatic"]),
    ]

    @Test(.enabled(if: isThere, "there is no collection of reports"), arguments: expected)
    func sampleHasItsOutcome(_ file: String, _ outcomes: [String]) throws {
        let content = try Data(contentsOf: Self.folder.appendingPathComponent("\(file).eml"))
        let report = MailReport(
            reading: Array(content),
            hasNullSender: !["19-", "20-"].contains(String(file.prefix(3)))
        )
        #expect(described(report) == outcomes)
        if file.hasPrefix("14") || file.hasPrefix("20") {
            #expect(report.returned.posthasteID == nil)
        } else {
            let id = try #require(report.returned.posthasteID)
            #expect(id.hasPrefix("msg_01JDX7Q0Z"))
            #expect(report.returned.messageID == "\(id)@shop.example.org")
        }
    }

    private func described(_ report: MailReport) -> [String] {
        switch report.content {
        case .complaint: ["complaint"]
        case .nothing: report.isAutomaticAnswer ? ["automatic"] : []
        case .delivery(let recipients):
            recipients.map { recipient in
                let address = recipient.final?.candidates.first?.description ?? ""
                return switch recipient.outcome {
                case .bounced(let kind): "\(address) \(kind)"
                case .delayed: "\(address) delayed"
                case .delivered: "\(address) delivered"
                }
            }
        }
    }
}
