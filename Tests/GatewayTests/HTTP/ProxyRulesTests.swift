// SPDX-License-Identifier: Apache-2.0
import Basics
import Delivery
import Testing

/// Which request goes through which proxy.
struct ProxyRulesTests {
    @Test(arguments: [
        ("http://proxy.example.org:3128", "http://proxy.example.org:3128"),
        ("http://Proxy.example.org/", "http://proxy.example.org:80"), ("SOCKS5H://10.0.0.1", "socks5h://10.0.0.1:1080"),
        ("http://[fd00::1]:8080", "http://[fd00::1]:8080"), ("http://ops:pw@p.example:1", "http://••••••@p.example:1"),
        ("https://proxy.example.org", nil), ("socks5://h", nil), ("proxy.example.org:3128", nil), ("http://", nil),
        ("http://h:0", nil), ("http://h:99999", nil), ("http://h/path", nil), ("http://h?x", nil),
        ("http://:pw@h", nil),
        ("http://a%0d%0ab:c@h", nil), ("http://h h", nil), ("none", nil), ("", nil),
    ])
    func addressesOfProxiesAreReadStrictly(text: String, expected: String?) {
        #expect(OutgoingProxy(text)?.description == expected)
    }

    @Test func credentialsAreDecodedAndNeverPrinted() throws {
        let proxy = try #require(OutgoingProxy("http://o%40ps:p%3Aw%2Fd@p.example:1"))
        #expect(proxy.credentials?.user == "o@ps" && proxy.credentials?.password.exposed == "p:w/d")
        #expect(!"\(proxy) \(proxy.address) \(String(reflecting: proxy)) \(ProxyChoice.through(proxy))".contains("p:w"))
    }

    static let environment = [
        "HTTPS_PROXY": "http://env.example:1",
        "NO_PROXY": "internal.example, .corp.example 10.0.0.0/8,only.example:8443",
    ]

    @Test(
        arguments: [
            ("https://gmail.example/", nil, nil, "env.example"), ("http://gmail.example/", nil, nil, nil),
            ("https://gmail.example/", "http://top.example:1", nil, "top.example"),
            ("http://gmail.example/", "http://top.example:1", nil, "top.example"),
            ("https://gmail.example/", "http://top.example:1", "http://own.example:1", "own.example"),
            ("https://gmail.example/", "http://top.example:1", "none", nil),
            ("https://gmail.example/", "none", nil, nil),
            ("https://gmail.example/", "none", "http://own.example:1", "own.example"),
            // Exceptions.
            ("https://internal.example/", nil, nil, nil), ("https://a.internal.example/", nil, nil, nil),
            ("https://xinternal.example/", nil, nil, "env.example"), ("https://corp.example/", nil, nil, nil),
            ("https://a.corp.example./", nil, nil, nil), ("https://10.1.2.3/", nil, nil, nil),
            ("https://11.1.2.3/", nil, nil, "env.example"), ("https://only.example:8443/", nil, nil, nil),
            ("https://only.example/", nil, nil, "env.example"),
            ("https://INTERNAL.example/", "http://t.example", nil, nil),
            ("https://internal.example/", nil, "http://own.example:1", nil),
            // Loopback, whatever the settings.
            ("https://127.0.0.1/", nil, "http://own.example:1", nil),
            ("https://localhost:1/", "http://t.example", nil, nil),
            ("https://[::1]:1/", "http://t.example", nil, nil),
        ] as [(String, String?, String?, String?)]
    )
    func theNearestSettingDecides(url: String, setting: String?, own: String?, host: String?) throws {
        func choice(_ text: String?) -> ProxyChoice? {
            text == "none" ? .direct : text.flatMap { OutgoingProxy($0) }.map { .through($0) }
        }
        let rules = ProxyRules(setting: choice(setting), environment: ProxyEnvironment(Self.environment))
        #expect(rules.proxy(for: try #require(HTTPURL(url)), choice: choice(own))?.host == host)
    }

    @Test func variablesInSmallLettersCountFirstAndEmptyOnesDoNot() throws {
        let both = ProxyEnvironment(["HTTPS_PROXY": "http://a.example", "https_proxy": "b.example:3128"])
        #expect(both.proxy?.address == "http://b.example:3128")
        #expect(ProxyEnvironment(["https_proxy": "", "HTTPS_PROXY": "http://a.example"]).proxy?.host == "a.example")
        let everything = ProxyEnvironment(["HTTPS_PROXY": "http://a.example", "no_proxy": "*", "NO_PROXY": "x.example"])
        #expect(
            ProxyRules(environment: everything).proxy(for: try #require(HTTPURL("https://y.example")), choice: nil)
                == nil
        )
        #expect(ProxyEnvironment(["HTTPS_PROXY": "ftp://x"]).faultyVariable == "HTTPS_PROXY")
        #expect(ProxyEnvironment([:]) == ProxyEnvironment(["HTTPS_PROXY": ""]))
    }
}
