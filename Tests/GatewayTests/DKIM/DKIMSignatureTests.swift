// SPDX-License-Identifier: Apache-2.0
import Basics
import Crypto
import GatewayTesting
import Testing

@testable import Mail

@Suite struct DKIMSignatureTests {
    /// The message of RFC 8463 appendix A.
    private static let dinner = """
        From: Joe SixPack <joe@football.example.com>
        To: Suzie Q <suzie@shopping.example.net>
        Subject: Is dinner ready?
        Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)
        Message-ID: <20030712040037.46341.5F8J@football.example.com>

        Hi.

        We lost the game.  Are you hungry yet?

        Joe.

        """

    static func bytes(_ text: String) -> [UInt8] { Array(text.replacing("\n", with: "\r\n").utf8) }

    /// The signatures of RFC 8463 appendix A.3, made again with its keys.
    @Test(arguments: [
        (
            DKIMTestKeys.football, "ed25519-sha256", "brisbane", "h=from : to :\n subject : date : message-id :",
            "/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11BusFa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw=="
        ),
        (
            DKIMTestKeys.short, "rsa-sha256", "test", "h=from : to : subject :\n date : message-id :",
            "F45dVWDfMbQDGHJFlXUNB2HKfbCeLRyhDXgFpEL8GwpsRe0IeIixNTe3DhCVlUrSjV4BwcVcOF6+FF3Zo9Rpo1tFOeS9mPYQTnGdaSGs"
                + "geefOsk2JzdA+L10TeYt9BgDfQNZtKdN1WO//KgIqXP7OdEFE4LjFYNcUxZQ4FADY+8="
        ),
    ])
    func publishedSignaturesComeOutAgain(
        _ pem: String,
        _ algorithm: String,
        _ selector: String,
        _ names: String,
        _ signature: String
    ) throws {
        let key = try DKIMKey(pem: Secret(pem))
        let content = DKIMContent(Self.bytes(Self.dinner))
        #expect(Base64.encode(content.bodyHash) == "2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=")
        let field = Self.bytes(
            "DKIM-Signature: v=1; a=\(algorithm); c=relaxed/relaxed;\n d=football.example.com; i=@football.example.com;\n"
                + " q=dns/txt; s=\(selector); t=1528637909; \(names) from : subject : date;\n"
                + " bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\n b="
        )
        let covered = ["from", "to", "subject", "date", "message-id", "from", "subject", "date"]
        let digest = DKIMContent.digest(content.hash(of: covered), with: field)
        #expect(key.signature(of: digest).map(Base64.encode) == signature)
    }

    @Test func emptyBodyHasTheHashOfNothing() {
        for text in ["From: a@b.example\n\n", "From: a@b.example\n\n\n \n", "From: a@b.example", ""] {
            let hash = Base64.encode(DKIMContent(Self.bytes(text)).bodyHash)
            #expect(hash == "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=")
        }
    }

    @Test func repeatedNamesTakeFieldsFromTheBottom() {
        let content = DKIMContent(Self.bytes("A: 1\nb: x\nA : 2\n three\nnothing\n\nA: body\n"))
        #expect(content.count(of: "a") == 2)
        let text = Self.bytes("a:2 three\na:1\nb:x\n")
        #expect(content.hash(of: ["a", "c", "a", "a", "b", "b"]).finalize() == SHA256.hash(data: text))
    }

    /// A signer of `domain` with the key of RFC 8463.
    private static func signer(_ domain: String, _ selector: String, _ pem: String = DKIMTestKeys.football) throws
        -> DKIMSigner
    {
        DKIMSigner(checkedDomain: domain, checkedSelector: selector, key: try DKIMKey(pem: Secret(pem)))
    }

    @Test func signatureIsTheFirstFieldOfTheMessage() throws {
        var message = try MIMESample.message(cc: ["c@d.example"], bcc: ["secret@b.example"], text: "Hi\n")
        let unsigned = MIMEWriter.message(message)
        let signers = [
            try Self.signer("example.org", "ed"), try Self.signer("example.org", "rsa", DKIMTestKeys.short),
        ]
        message.signing = DKIMSigning(signers, at: Timestamp(milliseconds: 1_528_637_909_999))
        let signed = MIMEWriter.message(message)
        #expect(signed.suffix(unsigned.count) == unsigned[...])
        let lines = try #require(MIMESample.lines(signed)).dropLast(unsigned.split(separator: 0x0A).count)
        #expect(lines.allSatisfy { $0.utf8.count <= 76 && $0.last != " " })
        #expect(
            lines.joined(separator: "\n").hasPrefix(
                """
                DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed; d=example.org;
                 s=ed; t=1528637909; h=from:from:reply-to:to:to:cc:cc:subject:subject:date:
                 date:message-id:message-id:content-type:content-type:mime-version:
                 content-transfer-encoding:auto-submitted;
                 bh=
                """
            )
        )
        #expect(lines.filter { $0.hasPrefix("DKIM-Signature: v=1; a=") }.count == 2)
        #expect(lines.contains { $0.hasPrefix("DKIM-Signature: v=1; a=rsa-sha256; ") })
        #expect(!lines.contains { $0.contains(" l=") || $0.contains("bcc") })
        // The same signers at the same time give the same octets.
        #expect(MIMEWriter.message(message) == signed)
    }

    @Test func longNamesNeverSplit() throws {
        let domain = (1...4).map { "label\($0)" + String(repeating: "x", count: 50) }.joined(separator: ".")
        let signer = try Self.signer(domain, String(repeating: "s", count: 63))
        let signing = DKIMSigning([signer], at: Timestamp(milliseconds: 0))
        let field = String(decoding: signing.fields(for: Self.bytes(Self.dinner)), as: UTF8.self)
        #expect(field.contains("\r\n d=\(domain);\r\n s=\(signer.selector); t=0;"))
    }

    @Test(arguments: [
        ("example.org", true), ("mail.example.org", true), ("a.b.example.org", true), ("badexample.org", false),
        ("org", false), ("example.org.evil.example", false),
    ])
    func domainSignsForItselfAndBelow(_ from: String, _ signs: Bool) throws {
        #expect(try Self.signer("example.org", "s").signs(mailFrom: from) == signs)
    }
}
