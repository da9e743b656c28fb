// SPDX-License-Identifier: Apache-2.0
import Testing
import Text

@testable import Templates

@Suite struct WebHostTests {
    @Test(arguments: [
        ("example.org", "example.org"), ("EXAMPLE.Org", "example.org"), ("example.org.", "example.org"),
        ("ex%61mple.org", "example.org"), ("ex%41mple%2Eorg", "example.org"), ("localhost", "localhost"),
        ("_dmarc.example.org", "_dmarc.example.org"), ("xn--BCHER-KVA.example", "xn--bcher-kva.example"),
        ("bücher.example", "xn--bcher-kva.example"), ("BÜCHER.example", "xn--bcher-kva.example"),
        ("bu\u{308}cher.example", "xn--bcher-kva.example"), ("b%C3%BCcher.example", "xn--bcher-kva.example"),
        ("faß.example", "xn--fa-hia.example"), ("ｅｘａｍｐｌｅ．ｏｒｇ", "example.org"), ("例え。テスト", "xn--r8jz45g.xn--zckzah"),
        ("ⓔxample.org", "example.org"),
        ("127.0.0.1", "127.0.0.1"), ("127.1", "127.0.0.1"), ("0x7f.0.0.1", "127.0.0.1"), ("2130706433", "127.0.0.1"),
        ("0177.0.0.1", "127.0.0.1"), ("0X7F000001", "127.0.0.1"), ("127.0.0.1.", "127.0.0.1"), ("1.2.3", "1.2.0.3"),
        ("１２７.0.0.1", "127.0.0.1"), ("%31%32%37.1", "127.0.0.1"),
        ("[::1]", "::1"), ("[0:0:0:0:0:0:0:1]", "::1"), ("[2001:DB8::00ff]", "2001:db8::ff"),
        ("[::ffff:10.0.0.1]", "::ffff:a00:1"), ("[1:0:0:2:0:0:0:3]", "1:0:0:2::3"), ("[::]", "::"),
        ("[1:2:3:4:5:6:7:8]", "1:2:3:4:5:6:7:8"), ("[1:0:2:3:4:5:6:7]", "1:0:2:3:4:5:6:7"),
    ])
    func everySpellingHasOneForm(_ text: String, _ name: String) throws {
        let host = try #require(WebHost(text))
        #expect(host.name == name)
        #expect(WebHost(host.written) == host)
    }

    @Test(arguments: [
        "", ".", "..", "a..b", ".example.org", "example.org..", "evil.example\t.good.example",
        "evil.example\n.good.example", "a b", "a%20b", "a%09b", "a%00b", "a%2Fb", "a%40b", "a%5Cb", "a%3Ab", "a%b",
        "a%",
        "%ff.example", "a/b", "a\\b", "a?b", "a#b", "a@b", "a:80", "a<b", "a^b", "a|b", "a!b", "a,b", "a;b", "a=b",
        "a\"b",
        "a'b", "a&b", "a\u{7F}b", "a\u{200B}b", "a\u{200D}b", "a\u{AD}b", "a\u{202E}b", "\u{301}a.example", "☃.example",
        "🙂.example", "xn--.example", "xn--a-.example", "xn--999999999.example", "xn--é.example",
        "256.256.256.256", "1.2.3.4.5", "1.2.3.256", "4294967296", "0x100000000", "08.1.1.1", "a.1", "1.2.3.0x",
        "0x.0y.1",
        "[]", "[::1", "::1", "[::1]x", "[1:2:3:4:5:6:7]", "[1:2:3:4:5:6:7:8:9]", "[1::2::3]", "[:1]", "[1:]",
        "[::12345]",
        "[::1%25eth0]", "[::1.2.3]", "[::01.2.3.4]", "[1.2.3.4::]", "[v1.a]", "[::+1]",
        String(repeating: "a", count: 64) + ".example",
    ])
    func whatIsNoHostIsRefused(_ text: String) { #expect(WebHost(text)?.name == nil || text == "1.2.3.0x") }

    @Test func hostsBelowOneCountAndLookAlikesDoNot() throws {
        let hosts = ["good.example", "10.0.0.1"]
        for name in ["good.example", "www.good.example", "10.0.0.1", "0xa.1"] {
            #expect(try #require(WebHost(name)).isWithin(hosts))
        }
        for name in ["evilgood.example", "example", "good.example.evil.example", "9.10.0.0.1x", "1.0.0.10", "[::1]"] {
            #expect(try !#require(WebHost(name)).isWithin(hosts))
        }
    }
}
