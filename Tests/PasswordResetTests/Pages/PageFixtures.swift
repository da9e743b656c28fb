// SPDX-License-Identifier: Apache-2.0
import Delivery
import JSON

@testable import PasswordReset
@testable import Server

/// Pages and brands for the tests.
enum PageFixtures {
    static let token = "0sYtd2fXG4Yc1n2mZQx0c0mT3bJ6m0hV9pQ1rS5uW7A"

    static let rules: [PasswordRule] = [
        .minimumLength(12), .maximumLength(128), .digits(1), .upperCase(1), .lowerCase(2), .specialCharacters(1),
        .noControlCharacters, .notUserName, .withoutUserName, .notAddress, .notRecent(3), .notRecent(nil),
        .notWellKnown, .pattern, .other("Nothing with <b>."),
    ]

    static let westside = PageBrand(
        name: "Westside Basketball",
        fields: [
            "colours": ["light": ["primary": "#bf400d"], "dark": ["primary": "#ffa366", "on_primary": "#2b1203"]],
            "logo": [
                "url": "https://cdn.westside.example/logo.png", "dark_url": "https://dark.westside.example/a,b.png",
                "alt": "Westside", "width": 140, "height": "32",
            ],
            "font": "'Segoe UI', Arial, sans-serif",
            "footer": "The best team in town",
            "address_lines": ["Sports Hall West", "12345 Exampletown"],
            "links": ["home": "https://westside.example/", "privacy": "https://westside.example/privacy"],
        ]
    )

    /// An empty brand.
    static let bare = PageBrand(name: "Bare", fields: [:])

    static func context(_ language: PageLanguage, _ brand: PageBrand = westside) -> PageContext {
        PageContext(brand: brand, language: language)
    }

    /// Every page, by a name for it.
    static func all(_ context: PageContext, token: String = token, account: String? = nil) -> [(String, HostedPage)] {
        let pages = ResetPages(context)
        func form(_ fault: PasswordForm.Fault? = nil) -> PasswordForm {
            PasswordForm(token: token, rules: rules, account: account, fault: fault)
        }
        return [
            ("choose", pages.choosePassword(form())),
            ("missing", pages.choosePassword(form(.missing))),
            ("different", pages.choosePassword(form(.different))),
            ("refused", pages.choosePassword(form(.refused(rules)))),
            ("changed", pages.passwordChanged()),
            ("bad link", pages.linkNotGood()),
            ("incomplete link", pages.linkIncomplete()),
            ("forgot", pages.forgotPassword()),
            ("malformed", pages.forgotPassword(isMalformed: true)),
            ("requested", pages.linkRequested()),
            ("many", pages.tooManyRequests(retryAfter: 61)),
            ("many with form", pages.tooManyRequests(retryAfter: 61, form: form())),
            ("later", pages.tryAgainLater(retryAfter: 30)),
            ("later with form", pages.tryAgainLater(retryAfter: 30, form: form())),
            ("never", pages.passwordUnchangeable()),
        ]
    }
}

extension HostedPage {
    var html: String { String(decoding: body, as: UTF8.self) }

    func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }

    /// The sources that a directive of the Content-Security-Policy allows; nil when it is absent.
    func policy(_ directive: String) -> [String]? {
        let directives = (header("Content-Security-Policy") ?? "").split(separator: ";").map {
            $0.split(separator: " ").map(String.init)
        }
        return directives.first { $0.first == directive }.map { Array($0.dropFirst()) }
    }

    /// The text between `<name>` and `</name>`, each time.
    func contents(of name: String) -> [String] {
        html.split(separator: "<\(name)>").dropFirst().map {
            String($0.prefix(upTo: $0.firstRange(of: "</\(name)>")?.lowerBound ?? $0.endIndex))
        }
    }
}
