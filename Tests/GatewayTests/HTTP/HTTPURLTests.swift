// SPDX-License-Identifier: Apache-2.0
import Basics
import Testing

struct HTTPURLTests {
    @Test(arguments: [
        ("https://gmail.googleapis.com", "https://gmail.googleapis.com", "gmail.googleapis.com", "/"),
        ("HTTPS://API.Example:8443/v1/Send?A=b", "https://api.example:8443", "api.example", "/v1/Send?A=b"),
        ("http://127.0.0.1:80/", "http://127.0.0.1:80", "127.0.0.1", "/"),
        ("http://[::1]:8080/x", "http://[::1]:8080", "::1", "/x"),
        ("https://[2001:DB8::1]", "https://[2001:db8::1]", "2001:db8::1", "/"),
        ("https://a.example?q=1", "https://a.example", "a.example", "/?q=1"),
        ("https://a.example/p@q:r", "https://a.example", "a.example", "/p@q:r"),
        ("https://Bücher.example/x", "https://xn--bcher-kva.example", "xn--bcher-kva.example", "/x"),
        ("https://a.example./x", "https://a.example", "a.example", "/x"),
        ("http://0x7f.1:8/", "http://127.0.0.1:8", "127.0.0.1", "/"),
    ])
    func addressIsTakenApart(_ text: String, _ origin: String, _ host: String, _ target: String) throws {
        let url = try #require(HTTPURL(text))
        #expect(url.origin == origin)
        #expect(url.host == host)
        #expect(url.target == target)
        #expect(url.description == origin + target)
        #expect(url.isSecure == origin.hasPrefix("https:"))
        #expect(HTTPURL(url.description) == url)
    }

    @Test(arguments: [
        "", "https://", "https:///path", "//a.example", "a.example", "ftp://a.example", "file:///etc/passwd",
        "https:/a.example", "https:a.example", "javascript:alert(1)",
        "https://user@a.example", "https://user:word@a.example", "https://good.example@evil.example/",
        "https://good.example\\@evil.example/", "https://a.example\\evil",
        "https://a.example/#part", "https://a.example#part",
        "https://a b.example", "https://a.example/a b", "https://a.example/\n", "https://a.example/\r\nX: y",
        "https://a.example/\0", " https://a.example", "https://☃.example", "https://a.example/ü", "https://a..example",
        "https://1.2.3.256", "https://a.example/\u{7F}",
        "https://a.example:", "https://a.example:x", "https://a.example:65536", "https://a.example:-1",
        "https://a.example:80:90", "https://[::1", "https://[::1]x", "https://[]", "https://:80",
    ])
    func whatIsNoPlainAddressIsRefused(_ text: String) throws {
        // A port may be written empty (RFC 3986 section 3.2.3); all else is nil.
        let url = HTTPURL(text)
        #expect(url == nil || text == "https://a.example:")
    }

    @Test(arguments: [
        ("a", "/base/a"), ("a/b", "/base/a%2Fb"), ("ana@example.org", "/base/ana%40example.org"),
        ("a?b#c", "/base/a%3Fb%23c"), ("%2e", "/base/%252e"), ("é", "/base/%C3%A9"), ("a\r\nb", "/base/a%0D%0Ab"),
        ("", "/base/"), ("\\", "/base/%5C"),
    ])
    func segmentCannotLeaveItsPlace(_ segment: String, _ target: String) throws {
        for base in ["https://a.example/base", "https://a.example/base//", "https://a.example/base?old=1"] {
            let url = try #require(HTTPURL(base)).appending(segment)
            #expect(url.target == target)
            #expect(url.origin == "https://a.example")
            #expect(HTTPURL(url.description) == url)
        }
    }

    @Test func aListOfSegmentsIsAppendedLikeSingleOnes() throws {
        let url = try #require(HTTPURL("https://a.example/base?old=1"))
        #expect(url.appending(["v1", "a/b", ".."]) == url.appending("v1", "a/b", ".."))
        #expect(url.appending(["v1", "a/b", ".."]).target == "/base/v1/a%2Fb/%2E%2E")
    }

    @Test(arguments: [(".", "%2E"), ("..", "%2E%2E"), ("...", "..."), (".a", ".a"), ("../x", "..%2Fx")])
    func segmentOfDotsIsNoStep(_ segment: String, _ written: String) throws {
        let url = try #require(HTTPURL("https://a.example/users/me")).appending(segment, "messages")
        #expect(url.target == "/users/me/\(written)/messages")
    }

    @Test
    func queryItemsAreEncodedAndAdded() throws {
        let base = try #require(HTTPURL("https://a.example/x"))
        let url = base.query([("q", "a b&c=d+é"), ("k&", "")])
        #expect(url.target == "/x?q=a%20b%26c%3Dd%2B%C3%A9&k%26=")
        #expect(url.query([("more", "1")]).target == url.target + "&more=1")
    }

    @Test(arguments: [
        "http://127.0.0.1", "http://127.255.0.9:1/", "http://[::1]:3", "http://localhost", "http://LOCALHOST:8",
        "http://127.1", "http://localhost.", "http://2130706433", "http://0x7f.0.0.1",
    ])
    func thisMachineIsLoopback(_ text: String) throws {
        #expect(try #require(HTTPURL(text)).isLoopback)
    }

    @Test(arguments: [
        "http://127.0.0.1.evil.example", "http://127.evil.example", "http://127.0.0.1x",
        "http://localhost.evil.example",
        "http://evil.example/127.0.0.1", "http://0.0.0.0", "http://128.0.0.1", "http://[::2]", "http://[::]",
        "http://evil.example:127", "http://[::ffff:10.0.0.1]",
    ])
    func otherMachinesAreNotLoopback(_ text: String) throws {
        #expect(try !#require(HTTPURL(text)).isLoopback)
    }
}
