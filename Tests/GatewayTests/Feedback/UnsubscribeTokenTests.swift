// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Basics
@testable import Feedback
@testable import Mail

@Suite struct UnsubscribeTokenTests {
    private static let (first, second) = (key(1), key(2))
    private static let token = UnsubscribeToken(
        brand: "westside",
        list: "news.2026",
        address: EmailAddress(checkedLocal: "Ana.B", checkedDomain: "example.org"),
        message: "msg_01M7YCWDF9M1DH63N1NZWREFE3"
    )

    private static func key(_ byte: UInt8) -> Secret { Secret(Base64.encode([UInt8](repeating: byte, count: 32))) }

    private static func sealing(_ keys: Secret...) throws -> SecretSealing { try #require(SecretSealing(keys: keys)) }

    @Test(arguments: [
        token,
        UnsubscribeToken(
            brand: "b",
            list: "l",
            address: EmailAddress(checkedLocal: "\"a b@c\"", checkedDomain: "bücher.example"),
            message: "m1"
        ),
    ])
    func linkHoldsAllOfIt(_ token: UnsubscribeToken) throws {
        let sealing = try Self.sealing(Self.first)
        let text = try #require(token.sealed(by: sealing))
        #expect(UnsubscribeToken(text, sealing) == token)
        #expect(text.utf8.allSatisfy { $0.isASCIIAlphanumeric || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") })
        // The same on every try, so that a service recognises a repeated message.
        #expect(token.sealed(by: sealing) == text)
        #expect(text.count < 160)
        #expect(!text.contains("example"))
    }

    @Test func earlierKeysOpenAndOthersDoNot() throws {
        let text = try #require(Self.token.sealed(by: Self.sealing(Self.first)))
        #expect(UnsubscribeToken(text, try Self.sealing(Self.second, Self.first)) == Self.token)
        #expect(UnsubscribeToken(text, try Self.sealing(Self.second)) == nil)
    }

    @Test func cutAndAlteredLinksDoNotOpen() throws {
        let sealing = try Self.sealing(Self.first)
        let text = try #require(Self.token.sealed(by: sealing))
        for count in 0..<text.count { #expect(UnsubscribeToken(String(text.prefix(count)), sealing) == nil) }
        for position in text.indices {
            let other = text[position] == "A" ? "B" : "A"
            let changed = text.replacingCharacters(at: position, with: other)
            // The last digit has bits that hold nothing.
            #expect(UnsubscribeToken(changed, sealing) == nil || position == text.indices.last, "\(changed)")
        }
        #expect(UnsubscribeToken(text + "A", sealing) == nil)
        // Sealed with the same key for another purpose.
        let other = try #require(sealing.sealedToken(Array("b\nl\nm\na@b.example".utf8), purpose: "other"))
        #expect(UnsubscribeToken(other, sealing) == nil)
    }

    @Test(arguments: [
        ("https://mail.example.org", true), ("http://127.0.0.1:8025", true), ("http://localhost", true),
        ("http://mail.example.org", false), ("ftp://mail.example.org", false), ("", false),
    ])
    func linksNeedTLS(_ publicURL: String, _ isGood: Bool) throws {
        let links = UnsubscribeLinks(publicURL: publicURL, sealing: try Self.sealing(Self.first))
        #expect((links != nil) == isGood && (UnsubscribeLinks.fault(publicURL: publicURL) == nil) == isGood)
        #expect(links?.url(Self.token)?.hasPrefix("\(publicURL)/u/") ?? !isGood)
        #expect(UnsubscribeLinks(publicURL: publicURL, sealing: nil) == nil)
    }
}

extension String {
    fileprivate func replacingCharacters(at position: Index, with text: String) -> String {
        String(self[..<position]) + text + String(self[index(after: position)...])
    }
}
