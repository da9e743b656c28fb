// SPDX-License-Identifier: Apache-2.0
import Basics
import Delivery
import GatewayTesting
import Testing

@testable import Providers

@Suite struct MailgunVerdictTests {
    /// Mon, 20 Dec 2021 20:30:00 GMT.
    private static let now = Timestamp(milliseconds: 1_640_032_200_000)

    private static func verdict(_ response: HTTPResponse) -> MailgunVerdict {
        MailgunVerdict(response, domain: "mg.example.org", now: now)
    }

    private static func row(
        _ status: Int,
        _ text: String,
        _ kind: DeliveryError.Kind,
        _ remedy: String? = nil
    ) -> VerdictRow {
        VerdictRow(.mailgun(status, text), kind, "http.\(status)", remedy)
    }

    private static func limited(_ wait: Duration? = nil) -> DeliveryError.Kind { .rateLimited(retryAfter: wait) }

    private static let plain = HTTPResponse(
        status: 401,
        headers: [HTTPHeader("Content-Type", "text/plain")],
        body: Array("Forbidden".utf8)
    )

    @Test(arguments: [
        row(400, "'to' parameter is not a valid address. please check documentation", .rejected),
        row(400, "to parameter is missing", .rejected), row(400, "options are over 16 kB", .rejected),
        row(400, "Too many recipients, max is 1000", .rejected),
        row(400, "'to' parameter is not a valid address: unverified@sandbox.example", .rejected),
        row(
            400,
            "Domain x is not allowed to send: Sandbox subdomains are for test purposes only.",
            .misconfigured,
            "mg.example.org"
        ),
        row(
            403,
            "Domain x is not allowed to send: Free accounts are for test purposes only.",
            .misconfigured,
            "mg.example.org"
        ),
        row(400, "Domain x is not allowed to send: the domain is unverified", .misconfigured, "mg.example.org"),
        row(400, "Please activate your Mailgun account.", .misconfigured, "activated"),
        row(401, "Invalid private key", .authentication, "region"),
        VerdictRow(plain, .authentication, "http.401", "api_key"),
        row(402, "Request Failed", .misconfigured, "paid"),
        row(403, "You are not allowed to send large batches yet", limited(.seconds(3600)), "new account"),
        row(403, "IP 1.2.3.4 can't be used", .misconfigured, "allowlist"),
        row(403, "no", .misconfigured, "mg.example.org"),
        row(404, "Domain not found: mg.example.org", .misconfigured, "region"),
        row(413, "Message is too large", .rejected, "25 MB"),
        row(
            429,
            "Domain x request limit exceeded, try again after Mon, 20 Dec 2021 20:33:21 UTC",
            limited(.seconds(201)),
            "per_second"
        ),
        row(
            429,
            "recipient limit exceeded, try again after Tue, 28 Dec 2021 20:33:21 UTC.",
            limited(.seconds(691_401)),
            "per_second"
        ),
        row(
            429,
            "bytes limit exceeded, try again after Mon, 20 Dec 2021 20:00:00 GMT",
            limited(.zero),
            "per_second"
        ),
        row(429, "limit exceeded, try again after a while", limited(), "per_second"),
        row(500, "Internal", .uncertain, "Logs"), row(502, "x", .uncertain, "Logs"), row(503, "x", .transient),
        row(504, "x", .uncertain, "Logs"), row(408, "x", .transient),
    ])
    func eachErrorHasOneMeaning(row: VerdictRow) {
        row.check(Self.verdict(row.response).error)
    }

    @Test func whatSaysNothingIsJudgedByItsStatus() {
        for (response, kind) in OddBody.rows {
            let error = Self.verdict(response).error
            #expect(error.kind == kind, "\(response.status)")
            #expect(error.code == "http.\(response.status)" && !error.detail.isEmpty)
        }
    }

    @Test func theServersOwnTimeIsWhatCounts() {
        var response = HTTPResponse.mailgun(429, "try again after Fri, 20 Nov 2026 12:10:00 UTC")
        response.headers = [HTTPHeader("Date", "Fri, 20 Nov 2026 12:00:00 GMT")]
        #expect(Self.verdict(response).error.kind == Self.limited(.seconds(600)))
        response = .mailgun(429, "slow down")
        response.headers = [HTTPHeader("Retry-After", "7")]
        #expect(Self.verdict(response).error.kind == Self.limited(.seconds(7)))
    }

    @Test(arguments: [
        (#"{"id":"<a@b>","message":"Queued. Thank you."}"#, "<a@b>"), (#"{"id":"<a@b>"}"#, "<a@b>"),
        (#"{"id":""}"#, nil),
        (#"{"id":7}"#, nil), (#"{"message":"Queued. Thank you."}"#, nil), ("Mailgun Magnificent API", nil), ("", nil),
        (#"{"id":"<a@"#, nil), ("<html>", nil),
    ])
    func aSuccessHasAnID(body: String, id: String?) throws {
        let response = HTTPResponse(status: 200, body: Array(body.utf8))
        do throws(DeliveryError) {
            #expect(try MailgunTests.api().receipt(from: response, for: SampleMail.plain(1)) == Receipt(id: id))
        } catch {
            #expect(id == nil && error.kind == .uncertain && error.code == "mailgun.no_id")
        }
    }
}
