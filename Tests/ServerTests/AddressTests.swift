// SPDX-License-Identifier: Apache-2.0
import Basics
import Testing

@Suite struct AddressTests {
    @Test(arguments: [
        ("127.0.0.1", "127.0.0.1"), ("::1", "0:0:0:0:0:0:0:1"), ("2001:DB8::5", "2001:db8:0:0:0:0:0:5"),
        ("::ffff:10.1.2.3", "10.1.2.3"), ("fe80::1%eth0", "fe80:0:0:0:0:0:0:1"),
    ])
    func addressIsRead(_ text: String, _ expected: String) {
        #expect(IPAddress(text)?.description == expected)
    }

    @Test(arguments: [
        "", "1.2.3", "1.2.3.256", "1.2.3.4.5", "1::2::3", "12345::", "1:2:3:4:5:6:7", "g::1", "+1::", "x",
    ])
    func nonsenseIsNoAddress(_ text: String) {
        #expect(IPAddress(text) == nil)
    }

    @Test(arguments: [
        ("10.0.0.0/8", "10.9.8.7", true), ("10.0.0.0/8", "11.0.0.1", false), ("10.0.0.1", "10.0.0.1", true),
        ("2001:db8::/32", "2001:db8:ffff::1", true), ("2001:db8::/32", "2001:db9::1", false),
        ("0.0.0.0/0", "1.2.3.4", true), ("0.0.0.0/0", "2001:db8::1", false), ("::/0", "2001:db8::1", true),
        ("::/0", "192.0.2.1", false), ("::/64", "192.0.2.1", false), ("::/95", "192.0.2.1", false),
        ("::/64", "::1", true), ("::ffff:10.0.0.0/104", "10.9.8.7", true), ("::ffff:10.0.0.0/8", "192.0.2.1", false),
        ("::ffff:10.0.0.1", "10.0.0.1", true), ("::ffff:0:0/96", "192.0.2.1", true), ("10.0.0.0/8", "::1", false),
    ])
    func networkHoldsItsAddresses(_ network: String, _ address: String, _ expected: Bool) throws {
        let (network, address) = (try #require(IPNetwork(network)), try #require(IPAddress(address)))
        #expect(network.contains(address) == expected)
    }

    @Test(arguments: [
        ("10.0.0.0/8", false), ("10.0.0.0/7", true), ("0.0.0.0/0", true), ("192.0.2.1", false), ("2001::/16", false),
        ("2000::/15", true), ("::/0", true), ("::1", false), ("::ffff:10.0.0.0/104", false), ("::ffff:0:0/96", true),
    ])
    func networkIsTooWideForTrust(_ text: String, _ expected: Bool) throws {
        #expect(try #require(IPNetwork(text)).isTooWide == expected)
    }

    @Test func customersOfIPv6CountByTheir64() throws {
        let (one, other) = (try #require(IPAddress("2001:db8:1:2::1")), try #require(IPAddress("2001:db8:1:2:ffff::9")))
        #expect(one.client == other.client)
        #expect(IPAddress("192.0.2.1")?.client != IPAddress("192.0.2.2")?.client)
    }
}
