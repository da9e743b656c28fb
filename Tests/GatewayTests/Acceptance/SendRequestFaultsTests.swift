// SPDX-License-Identifier: Apache-2.0
import Delivery
import JSON
import Mail
import Testing

@testable import Basics
@testable import Queue
@testable import Submission

@Suite struct SendRequestFaultsTests {
    struct Case: CustomTestStringConvertible, Sendable {
        let request: JSON
        /// The pointer and a part of the text.
        let faults: [[String]]
        var status = 422
        var principal = Principal.commandLine

        var testDescription: String { request.text() }
    }

    static let cases = [
        Case(request: "hello", faults: [["", "expected an object"]]),
        Case(request: [:], faults: [["/to", "required"], ["/template", "required"]]),
        Case(
            request: ["to": "a@b.example", "template": "welcom", "brnd": "x", "priority": "urgent"],
            faults: [["/brnd", "`brand`"], ["/template", "`welcome`"], ["/priority", "critical"]]
        ),
        Case(
            request: ["to": ["a@b.example", "ana@", 7, ["email": "x", "nme": "y"]], "template": "welcome"],
            faults: [
                ["/to/1", "nothing after"], ["/to/2", "found a number"], ["/to/3/nme", "`name`"],
                ["/to/3/email", "no @"], ["/data/name", "required"],
            ]
        ),
        Case(
            request: [
                "to": "a@b.example", "template": "welcome", "subject": "x", "html": "y",
                "data": ["name": 3, "agee": 4],
            ],
            faults: [
                ["/subject", "without `template`"], ["/html", "without `template`"], ["/data/name", "a string"],
                ["/data/agee", "`age`"],
            ]
        ),
        Case(request: ["to": "a@b.example", "subject": "x"], faults: [["/text", "required"]]),
        Case(request: ["to": "a@b.example", "html": "x"], faults: [["/subject", "required"]]),
        Case(request: ["to": [], "subject": "x", "text": "y"], faults: [["/to", "empty"]]),
        Case(
            request: ["to": "a@b.example", "subject": "x\r\nBcc: evil@c.example", "text": "\u{0}"],
            faults: [["/subject", "line break"], ["/text", "control character"]]
        ),
        Case(
            request: ["to": ["email": "a@b.example", "name": "Ana\nX"], "subject": "x", "text": "y"],
            faults: [["/to/name", "line break"]]
        ),
        Case(
            request: ["to": "a@b.example", "subject": "x", "text": "y", "brand": "westsid", "provider": "relai"],
            faults: [["/brand", "`westside`"], ["/provider", "`relay`"]]
        ),
        Case(
            request: [
                "to": "a@b.example", "subject": "x", "text": "y", "category": "two words", "tags": ["a", 1, ""],
                "metadata": ["n": 1], "send_at": "tomorrow", "expires_at": "2020-01-01T00:00:00Z",
            ],
            faults: [
                ["/category", "one word"], ["/send_at", "RFC 3339"], ["/expires_at", "over"], ["/tags/1", "string"],
                ["/tags/2", "1 to 128"], ["/metadata/n", "string"],
            ]
        ),
        Case(
            request: [
                "to": "a@b.example", "subject": "x", "text": "y",
                "headers": ["Bcc": "x", "X-A/B": "x", "X-Ok": "fine", "X-Bad": "a\nb"],
            ],
            faults: [
                ["/headers/Bcc", "field `bcc`"], ["/headers/X-A~1B", "header name"], ["/headers/X-Bad", "line break"],
            ]
        ),
        Case(
            request: [
                "to": "a@b.example", "subject": "x", "text": "y",
                "attachments": [
                    ["filename": "a.pdf", "content": "not base64!"], ["filename": "", "content": "AAAA", "typ": "x"],
                    ["content": 5, "content_type": "message/rfc822"], "x",
                ],
            ],
            faults: [
                ["/attachments/0/content", "base64"], ["/attachments/1/typ", "no part"],
                ["/attachments/1/filename", "empty"], ["/attachments/2/filename", "required"],
                ["/attachments/2/content", "string"], ["/attachments/2/content_type", "attached"],
                ["/attachments/3", "object"],
            ]
        ),
        Case(
            request: ["to": "a@b.example", "template": "welcome", "data": ["name": "x"], "locale": "french!"],
            faults: [["/locale", "language tag"]]
        ),
        Case(
            request: [
                "to": "a@b.example", "subject": "x", "text": "y", "send_at": "2026-11-20T10:00:00Z",
                "expires_at": "2026-11-20T09:00:00Z",
            ],
            faults: [["/expires_at", "later than"]]
        ),
        Case(
            request: ["to": "a@b.example", "subject": "x", "text": "y", "brand": "mute"],
            faults: [["/from", "no `from`"]]
        ),
        Case(
            request: ["to": "a@b.example", "subject": "x", "text": "y", "template": nil],
            faults: [["/template", "leave it out"], ["/subject", "without"], ["/text", "without"]]
        ),
        Case(
            request: ["to": "ä@b.example", "subject": "x", "text": "y"],
            faults: [["/to", "outside ASCII"]]
        ),
        Case(
            request: ["to": "a@b.example", "subject": "x", "text": "y", "from": "ceo@bank.example"],
            faults: [["/from", "may not send"]],
            status: 403,
            principal: .fixture()
        ),
        Case(
            request: ["to": "a@b.example", "subject": "x", "text": "y", "brand": "westside", "provider": "relay"],
            faults: [["/brand", "may not use"], ["/provider", "providers:pin"]],
            status: 403,
            principal: .fixture()
        ),
        Case(
            request: ["to": "a@", "subject": "x", "text": "y", "from": "ceo@bank.example"],
            faults: [["/to", "nothing after"], ["/from", "may not send"]],
            principal: .fixture()
        ),
    ]

    @Test(arguments: cases)
    func everyFaultIsToldAtOnceWithItsPlace(_ example: Case) async throws {
        let problem = try #require(await AcceptanceBench().problem(example.request, from: example.principal))
        #expect(problem.status == example.status)
        // Faults of the JSON come before those of the values.
        let (found, expected) = (
            problem.faults.sorted { $0.pointer.description < $1.pointer.description },
            example.faults.sorted { $0[0] < $1[0] }
        )
        #expect(found.map(\.pointer.description) == expected.map { $0[0] })
        for (fault, expected) in zip(found, expected) {
            #expect(fault.detail.contains(expected[1]), "\(fault.detail)")
        }
    }

    @Test func moreThanFiftyRecipientsInAllAreRefused() async throws {
        let many = JSON.array((0..<30).map { .string("u\($0)@b.example") })
        let others = JSON.array((0..<21).map { .string("v\($0)@b.example") })
        let request: JSON = ["to": many, "bcc": others, "subject": "x", "text": "y"]
        let problem = try #require(await AcceptanceBench().problem(request))
        #expect(problem.faults.map(\.pointer.description) == ["/bcc"])
    }

    @Test(arguments: [(18, false), (19, true)])
    func messageOver25MebibytesEncodedIsTooLarge(mebibytes: Int, isTooLarge: Bool) {
        let file = StoredRequest.AttachmentReference(
            hash: ContentHash(of: []),
            size: mebibytes << 20,
            fileName: "a",
            contentType: "text/plain",
            contentID: nil,
            disposition: .attachment
        )
        let request = StoredRequest(
            from: .fixture("a@b.example"),
            recipients: [],
            content: .literal(subject: "", html: nil, text: "x"),
            brand: "default",
            attachments: [file]
        )
        #expect((MessageSize.estimate(request) > MessageSize.limit) == isTooLarge)
    }

    @Test func sizeIsToldOnlyWhenNothingElseIsWrong() {
        var faults = RequestFaults()
        faults.isTooLarge = true
        #expect(faults.problem?.status == 413)
        faults.forbidden(JSONPointer.root, "no")
        #expect(faults.problem?.status == 403)
        faults.invalid(JSONPointer.root, "no")
        #expect(faults.problem?.status == 422)
    }

    @Test func whatNoProviderOfTheRouteCanCarryIsRefused() async throws {
        let request: JSON = [
            "to": "a@b.example", "cc": "c@b.example", "subject": "x", "text": "y", "headers": ["X-A": "b"],
            "attachments": [["filename": "a.txt", "content": "QQ=="]],
        ]
        let bench = AcceptanceBench(capabilities: ["relay": [.copies, .textOnly]])
        let problem = try #require(await bench.problem(request))
        #expect(problem.faults.map(\.pointer.description) == ["/attachments", "/headers"])
        let withHTML = AcceptanceBench(capabilities: ["relay": [.attachments]])
        #expect(
            await withHTML.problem(["to": "a@b.example", "subject": "x", "text": "y"])?.faults.map(
                \.pointer.description
            ) == ["/html"]
        )
        #expect(await withHTML.problem(["to": "a@b.example", "subject": "x", "html": "<p>y</p>"]) == nil)
    }

    @Test func whatIsTooLargeForEveryProviderOfTheRouteIsRefused() async throws {
        let bench = AcceptanceBench(maxBytes: 2 << 20)
        let large = String(repeating: "long line\n", count: 300_000)
        #expect(await bench.problem(["to": "a@b.example", "subject": "x", "text": .string(large)])?.status == 413)
        #expect(await bench.problem(["to": "a@b.example", "subject": "x", "text": "y"]) == nil)
    }

    @Test func secretsAreRefusedWhileNothingCanSealThem() async throws {
        let request: JSON = [
            "to": "a@b.example", "template": "password-reset", "data": ["link": "https://app.example/?t=1"],
        ]
        let problem = try #require(await AcceptanceBench(sealing: nil).problem(request))
        #expect(problem.faults.map(\.pointer.description) == ["/data/link"])
    }

    @Test func brandsOwnFromIsAlwaysAllowed() async {
        let request: JSON = ["to": "a@b.example", "subject": "x", "text": "y", "from": "NoReply@posthaste.example"]
        #expect(await AcceptanceBench().problem(request, from: .fixture(from: [])) == nil)
    }

    @Test func keyWithoutScopeSendIsRefused() async {
        let problem = await AcceptanceBench().problem([:], from: .fixture(scopes: [.read]))
        #expect(problem?.status == 403)
    }
}
