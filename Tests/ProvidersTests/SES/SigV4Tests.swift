// SPDX-License-Identifier: Apache-2.0
import Basics
import Delivery
import Foundation
import GatewayTesting
import JSON
import Testing

@testable import Providers

@Suite struct SigV4Tests {
    private struct Case {
        let request: HTTPRequest
        let signer: SigV4
        let credentials: AWSCredentials
        let moment: Timestamp

        var authorization: String? {
            signer.signed(request, with: credentials, at: moment).header("Authorization")
        }

        var json: JSON {
            [
                "method": .string(request.method.rawValue), "url": .string(request.url.description),
                "fields": .array(request.headers.map { [.string($0.name), .string($0.value)] }),
                "body": .string(Base64.encode(request.body)), "region": .string(signer.region),
                "service": .string(signer.service), "id": .string(credentials.accessKeyID),
                "secret": .string(credentials.secretAccessKey.exposed),
                "token": .string(credentials.sessionToken?.exposed ?? ""), "time": .string(moment.description),
            ]
        }
    }

    /// The request `get-vanilla` of the test suite that AWS publishes for its signatures.
    @Test func thePublishedExampleHasItsPublishedSignature() throws {
        let example = Case(
            request: HTTPRequest(.get, try #require(HTTPURL("https://example.amazonaws.com/"))),
            signer: SigV4(region: "us-east-1", service: "service"),
            credentials: AWSCredentials(
                accessKeyID: "AKIDEXAMPLE",
                secretAccessKey: Secret("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
            ),
            moment: try #require(Timestamp("2015-08-30T12:36:00Z"))
        )
        #expect(
            example.authorization
                == "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
                + "SignedHeaders=host;x-amz-date, "
                + "Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"
        )
    }

    @Test(.enabled(if: BotocoreReference.python != nil, .init(rawValue: TestPython.absence(of: "botocore"))))
    func botocoreSignsInTheSameWay() throws {
        var random = SeededGenerator(seed: 4)
        let cases = try (0..<400).map { _ in try Self.sample(&random) }
        let own = cases.map { $0.authorization ?? "" }
        #expect(try BotocoreReference.signatures(of: .array(cases.map(\.json))) == own)
    }

    /// A request with parts that need care: escapes and dots in the path, repeated names, blanks in fields, ports.
    private static func sample(_ random: inout SeededGenerator) throws -> Case {
        func pick(_ words: [String]) -> String { words.randomElement(using: &random) ?? "" }
        let origin = pick([
            "https://email.eu-central-1.amazonaws.com", "https://email.us-east-1.amazonaws.com:443",
            "http://127.0.0.1:8080",
            "https://ses.example.org:8443/prefix", "http://localhost:80", "https://[::1]:4430",
            "https://bücher.example",
        ])
        let words = [
            "v2", "email", "a b", "a%b", "ü", "x@example.org", "..", ".", "a/b", "a~b", "a+b", "A-_.z", "*'()",
        ]
        var url = try #require(HTTPURL(origin))
        for _ in 0..<Int.random(in: 0...4, using: &random) { url = url.appending(pick(words)) }
        if Bool.random(using: &random) { url = url.appending("") }
        let items = (0..<Int.random(in: 0...3, using: &random)).map { _ in (name: pick(words), value: pick(words)) }
        if !items.isEmpty { url = url.query(items) }
        if Int.random(in: 0..<4, using: &random) == 0 { url = try #require(HTTPURL("\(url.origin)//a/../b/./c//")) }
        var request = HTTPRequest(Bool.random(using: &random) ? .post : .get, url)
        if Bool.random(using: &random) { request.headers.append(HTTPHeader("Content-Type", "application/json")) }
        if Bool.random(using: &random) {
            request.headers.append(HTTPHeader("X-Words", pick(["a", " a   b ", "a\t b", "ü;,=é", ""])))
        }
        if request.method == .post {
            request.body = (0..<Int.random(in: 0...300, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
        }
        return Case(
            request: request,
            signer: SigV4(region: pick(["eu-central-1", "us-gov-west-1"]), service: pick(["ses", "email"])),
            credentials: AWSCredentials(
                accessKeyID: pick(["AKIAEXAMPLE", "ASIAEXAMPLE"]),
                secretAccessKey: Secret(pick(["wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "s", "+/=~"])),
                sessionToken: Bool.random(using: &random) ? Secret("IQoJb3JpZ2luX2VjE+/==") : nil
            ),
            moment: Timestamp(milliseconds: Int64.random(in: 946_684_800_000...4_102_444_800_000, using: &random))
        )
    }
}

/// Signatures of botocore, the library of AWS for Python.
enum BotocoreReference {
    /// Nil when there is no Python with botocore.
    static let python = TestPython.path(importing: "botocore")

    static func signatures(of cases: JSON) throws -> [String] {
        let file = FileManager.default.temporaryDirectory.appending(
            path: "posthaste-requests-\(UUID().uuidString).json"
        )
        try Data(cases.encoded()).write(to: file)
        // A leftover temporary file does no harm.
        defer { try? FileManager.default.removeItem(at: file) }
        let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "sign.py")
        let output = try OutsideProgram(python ?? "", [script.path, file.path], keepsErrors: false).output()
        return output.split(separator: "\n").map(String.init)
    }
}

extension HTTPRequest {
    /// The value of the first field with this name.
    func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }
}
