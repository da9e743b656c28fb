// SPDX-License-Identifier: Apache-2.0
import Basics
import HTTPTypes
import Submission
import Testing

@testable import Server

@Suite struct SESSignatureTests {
    /// A call that botocore signed, and what a case changes in it.
    struct Signed: Sendable {
        var method = HTTPRequest.Method.post
        var path = "/v2/email/outbound-emails"
        var query: String?
        var host = "gw:8025"
        var forwardedHost: String?
        var fields: [String: String] = [
            "Content-Type": "application/json", "X-Amz-Date": "20261130T084512Z",
            "Authorization": authorization(
                "eu-central-1/ses",
                "content-type;host;x-amz-date",
                "84d4bf45109afa0e6b39e2b8425840ec1800e4c49b825e53e66bf2a85a1c353f"
            ),
        ]
        var body = #"{"Content":{}}"#
        var now = "2026-11-30T08:47:12Z"
        var secrets = ["another", "s3cr3t-of_the-front"]

        static func authorization(_ scope: String, _ names: String, _ signature: String) -> String {
            "AWS4-HMAC-SHA256 Credential=key_01K0/20261130/\(scope)/aws4_request, SignedHeaders=\(names), "
                + "Signature=\(signature)"
        }

        func with(_ change: (inout Signed) -> Void) -> Signed {
            var changed = self
            change(&changed)
            return changed
        }

        /// The message of the refusal; nil when the signature is good.
        func refusal() throws -> String? {
            let call = try SESCall.call(
                method,
                path,
                query: query,
                host: host,
                forwardedHost: forwardedHost,
                fields: fields,
                body: body,
                now: try #require(Timestamp(now))
            )
            do throws(Refusal) {
                let signature = try SESSignature(call)
                #expect(signature.keyID == "key_01K0")
                try signature.check(call, secrets: secrets.map { Secret($0) })
                return nil
            } catch {
                return error.problem.detail
            }
        }
    }

    private static let identity = Signed(
        method: .get,
        path: "/ses/v2/email/identities/a%2Bb%40c",
        query: "b=2&a=1%20x",
        host: "gw",
        fields: [
            "X-Amz-Date": "20261130T084512Z",
            "Authorization": Signed.authorization(
                "eu-central-1/ses",
                "host;x-amz-date",
                "53e156a9c28f0cd1837668be194f26aba2c34e6c44f09062ffdc5bf6e460bd3f"
            ),
        ],
        body: ""
    )

    private static let form = Signed(
        path: "/",
        fields: [
            "Content-Type": "application/x-www-form-urlencoded; charset=utf-8", "X-Words": " a   b ",
            "X-Amz-Date": "20261130T084512Z", "X-Amz-Security-Token": "T/+=",
            "Authorization": Signed.authorization(
                "us-east-1/email",
                "content-type;host;x-amz-date;x-amz-security-token;x-words",
                "5047eaab0a5c0f24710b4645a1dd82f8c696a1b6792963f0290abd693e11b3bc"
            ),
        ],
        body: "Action=SendEmail"
    )

    @Test(arguments: [
        Signed(), identity, form,
        // botocore signs the path without the slash that a base address with a final slash leads to.
        Signed().with { $0.path = "//v2//email/outbound-emails" },
        Signed().with { ($0.host, $0.forwardedHost) = ("inner:80", "gw:8025, other") },
        Signed().with { $0.now = "2026-11-30T08:50:12Z" }, Signed().with { $0.now = "2026-11-30T08:40:12Z" },
        Signed().with {
            $0.fields["X-Amz-Content-Sha256"] = ContentHash(of: Array($0.body.utf8)).description
        },
    ])
    func signatureOfBotocoreIsGood(_ call: Signed) throws {
        #expect(try call.refusal() == nil)
    }

    /// Some clients, such as that for Go, sign the path as they send it.
    @Test func pathIsGoodAsItIsSent() throws {
        let (time, host) = ("20261130T084512Z", "gw:8025")
        let scope = SignatureV4.Scope(date: "20261130", region: "x", service: "ses")
        let canonical = SignatureV4.CanonicalRequest(
            method: "POST",
            path: "//v2/./email/outbound-emails/",
            query: "",
            fields: ["host": [host]],
            bodyHash: ContentHash(of: [])
        )
        let text = SignatureV4.textToSign(canonical.text, time: time, scope: scope)
        let signature = SignatureV4.signature(of: text, scope: scope, secret: Secret("s3cr3t-of_the-front"))
        let call = Signed().with {
            ($0.path, $0.body) = (canonical.path, "")
            $0.fields["Authorization"] = Signed.authorization("x/ses", "host", signature)
        }
        #expect(try call.refusal() == nil)
    }

    @Test(arguments: [
        (Signed().with { $0.body += " " }, "does not match"),
        (Signed().with { $0.secrets = ["another"] }, "does not match"),
        (Signed().with { $0.secrets = [] }, "set `sealing_key`"),
        (Signed().with { $0.host = "other" }, "other arrived"),
        (Signed().with { $0.path = "/v2/email/outbound-bulk-emails" }, "does not match"),
        (Signed().with { $0.query = "a=b" }, "does not match"),
        (Signed().with { $0.fields["Content-Type"] = "text/plain" }, "does not match"),
        (Signed().with { $0.fields["Content-Type"] = nil }, "`content-type` did not arrive"),
        (Signed().with { $0.now = "2026-11-30T08:50:13Z" }, "clock of this server says 20261130T085013Z"),
        (Signed().with { $0.now = "2026-11-30T08:40:11Z" }, "set the clock of the client"),
        (Signed().with { $0.fields["X-Amz-Date"] = "20261130T084513Z" }, "does not match"),
        (Signed().with { $0.fields["X-Amz-Date"] = "2026-11-30" }, "X-Amz-Date"),
        (Signed().with { $0.fields["X-Amz-Date"] = nil }, "X-Amz-Date"),
        (Signed().with { $0.fields["X-Amz-Content-Sha256"] = "UNSIGNED-PAYLOAD" }, "signed as a whole"),
        (
            Signed().with { $0.fields["X-Amz-Content-Sha256"] = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD" },
            "signed as a whole"
        ),
        (Signed().with { $0.fields["X-Amz-Content-Sha256"] = ContentHash(of: []).description }, "not the hash"),
        (Signed().with { $0.query = "X-Amz-Signature=00&X-Amz-Algorithm=AWS4-HMAC-SHA256" }, "in the query"),
        (Signed().with { $0.replace("AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256") }, "SigV4A"),
        (Signed().with { $0.replace("AWS4-HMAC-SHA256", "Bearer") }, "keys create --front ses"),
        (Signed().with { $0.fields["Authorization"] = nil }, "keys create --front ses"),
        (Signed().with { $0.replace("/aws4_request", "") }, "is not of the form"),
        (Signed().with { $0.replace("353f", "353") }, "is not of the form"),
        (Signed().with { $0.replace("SignedHeaders=", "Headers=") }, "is not of the form"),
        (Signed().with { $0.replace("/ses/", "/s3/") }, "sign for `ses`"),
        (Signed().with { $0.replace("host;x-amz-date", "x-amz-date") }, "does not name `host`"),
        (Signed().with { $0.replace("content-type;host", "host;content-type") }, "sorted list"),
        (Signed().with { $0.replace("20261130/", "20261129/") }, "is not that of X-Amz-Date"),
    ])
    func otherCallIsRefused(_ call: Signed, _ reason: String) throws {
        let refusal = try #require(try call.refusal())
        #expect(refusal.contains(reason), "\(refusal)")
    }
}

extension SESSignatureTests.Signed {
    mutating func replace(_ part: String, _ other: String) {
        fields["Authorization"] = fields["Authorization"]?.replacing(part, with: other)
    }
}

/// Calls of the front, as the dispatcher makes them.
enum SESCall {
    static func call(
        _ method: HTTPRequest.Method,
        _ path: String,
        query: String? = nil,
        host: String = "gw:8025",
        forwardedHost: String? = nil,
        fields: [String: String] = [:],
        body: String = "",
        now: Timestamp = Timestamp(milliseconds: 0)
    ) throws -> FrontCall {
        var all = HTTPFields()
        for (name, value) in fields { all[try #require(HTTPField.Name(name))] = value }
        return FrontCall(
            method: method,
            path: path,
            query: query,
            fields: all,
            authority: host,
            forwardedHost: forwardedHost,
            body: Array(body.utf8),
            requestID: "req_1",
            now: now,
            settings: FrontSettings(),
            parameters: []
        )
    }
}
