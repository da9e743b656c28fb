// SPDX-License-Identifier: Apache-2.0
import Basics
import Mail
import Testing

@testable import Feedback

@Suite struct VERPAddressesTests {
    private static let id = "msg_01KF0000000000000000000001"

    static func sealing(_ bytes: UInt8...) throws -> SecretSealing {
        try #require(SecretSealing(keys: bytes.map { Secret(Base64.encode([UInt8](repeating: $0, count: 32))) }))
    }

    private func addresses(_ bytes: UInt8) throws -> VERPAddresses {
        VERPAddresses(domain: "bounces.example.org", sealing: try Self.sealing(bytes))
    }

    @Test func addressProvesItsID() throws {
        let addresses = try addresses(1)
        let address = try #require(addresses.address(for: Self.id))
        #expect(address.local.hasPrefix("b+\(Self.id)."))
        #expect(address.domain == "bounces.example.org")
        #expect(address.local.utf8.count == 49)
        #expect(addresses.id(provedBy: address) == Self.id)
        // The text is an address in all its parts, in any case.
        for text in [address.description, address.description.uppercased(), address.description.lowercased()] {
            #expect(addresses.id(provedBy: try EmailAddress(parsing: text)) == Self.id)
        }
    }

    @Test func anotherAddressProvesNothing() throws {
        let addresses = try addresses(1)
        let address = try #require(addresses.address(for: Self.id)).description
        let code = try #require(address.split(separator: "@").first?.split(separator: ".").last)
        let others = [
            address.replacing(Self.id, with: "msg_01KF0000000000000000000002"), address.replacing("@", with: "x@"),
            address.replacing("bounces.", with: "other."), address.replacing("b+", with: "c+"),
            "b+\(Self.id)@bounces.example.org",
            address.replacing(code, with: code.dropLast()), address.replacing(code, with: code.dropLast() + "1"),
            "postmaster@bounces.example.org",
        ]
        for text in others { #expect(addresses.id(provedBy: try EmailAddress(parsing: text)) == nil, "\(text)") }
        #expect(try self.addresses(2).id(provedBy: EmailAddress(parsing: address)) == nil)
    }

    @Test func earlierKeysProveWhileTheyRotate() throws {
        let old = try #require(try addresses(1).address(for: Self.id))
        let rotated = VERPAddresses(domain: "bounces.example.org", sealing: try Self.sealing(2, 1))
        #expect(rotated.id(provedBy: old) == Self.id)
        #expect(rotated.address(for: Self.id) != old)
    }

    @Test(arguments: [
        "", "msg_1", "alert_01KF0000000000000000000001", "MSG_01KF0000000000000000000001",
        "msg_01kf0000000000000000000001",
    ])
    func onlyIDsOfMessagesHaveAnAddress(_ id: String) throws {
        #expect(try addresses(1).address(for: id) == nil)
    }
}
