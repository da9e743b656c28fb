// SPDX-License-Identifier: Apache-2.0
import Basics
import Crypto
import Delivery
import JSON
import Testing

@testable import PasswordReset
@testable import Server

@Suite struct ResetPagesTests {
    private let every = PageLanguage.allCases.flatMap { language in
        PageFixtures.all(PageFixtures.context(language))
            + PageFixtures.all(PageFixtures.context(language, PageFixtures.bare))
    }

    @Test func policyAllowsExactlyTheStyleAndTheScriptOfThePage() {
        for (name, page) in every {
            let styles = page.contents(of: "style").map(Self.hash)
            let scripts = page.contents(of: "script").map(Self.hash)
            #expect(styles.count == 1 && page.policy("style-src") == styles, "\(name)")
            #expect(scripts.count <= 1 && (page.policy("script-src") ?? []) == scripts, "\(name)")
            #expect(page.policy("default-src") == ["'none'"])
            #expect(page.policy("form-action") == ["'self'"])
            #expect(page.policy("frame-ancestors") == ["'none'"])
            #expect(page.policy("base-uri") == ["'none'"])
        }
    }

    @Test func pagesCarryWhatKeepsThemOutOfCachesIndexesAndReferrers() {
        for (name, page) in every {
            #expect(page.header("Referrer-Policy") == "no-referrer", "\(name)")
            #expect(page.header("Cache-Control") == "no-store")
            #expect(page.header("X-Robots-Tag") == "noindex, nofollow")
            #expect(page.header("X-Content-Type-Options") == "nosniff")
            #expect(page.header("Content-Type") == "text/html; charset=utf-8")
            #expect(page.html.contains("<meta name=\"robots\" content=\"noindex, nofollow\">"))
            #expect(Set(page.headers.map(\.name)).count == page.headers.count)
        }
    }

    @Test func statusesAreThoseOfTheCalls() {
        let pages = PageFixtures.all(PageFixtures.context(.english))
        let statuses = Dictionary(uniqueKeysWithValues: pages.map { ($0.0, $0.1.status) })
        #expect(
            statuses == [
                "choose": 200, "missing": 422, "different": 422, "refused": 422, "changed": 200, "bad link": 400,
                "incomplete link": 400, "forgot": 200, "malformed": 422, "requested": 200, "many": 429,
                "many with form": 429, "later": 503, "later with form": 503, "never": 422,
            ]
        )
        for (_, page) in pages { #expect((page.header("Retry-After") != nil) == [429, 503].contains(page.status)) }
    }

    @Test func nothingIsLoadedButTheLogo() {
        for (name, page) in every {
            let loading = ["src=", "srcset=", "url(", "@import", "<link", "<iframe", "<object", "<embed", "<base"]
            let rest = page.html.replacing("src=\"https://cdn.westside.example/logo.png\"", with: "")
                .replacing("srcset=\"https://dark.westside.example/a%2Cb.png\"", with: "")
            for word in loading { #expect(!rest.contains(word), "\(name): \(word)") }
            // Neither inline handlers nor inline styles, which the policy forbids.
            #expect(
                !page.html.contains(" style=") && !page.html.contains(" onclick=") && !page.html.contains("javascript:")
            )
        }
    }

    @Test func picturesComeFromTheHostsOfTheLogoAlone() {
        let page = ResetPages(PageFixtures.context(.english)).passwordChanged()
        #expect(page.policy("img-src") == ["https://cdn.westside.example", "https://dark.westside.example"])
        let bare = ResetPages(PageFixtures.context(.english, PageFixtures.bare)).passwordChanged()
        #expect(bare.policy("img-src") == nil)
        #expect(!bare.html.contains("<img"))
    }

    @Test(arguments: PageLanguage.allCases)
    func pageSaysItsLanguageAndDirection(_ language: PageLanguage) {
        let direction = language == .arabic ? "rtl" : "ltr"
        for (_, page) in PageFixtures.all(PageFixtures.context(language)) {
            #expect(page.html.contains("<html lang=\"\(language.rawValue)\" dir=\"\(direction)\">"))
            #expect(page.header("Content-Language") == language.rawValue)
        }
    }

    @Test func tokenStandsInTheHiddenFieldAndNowhereElse() {
        for (name, page) in every {
            let count = page.html.ranges(of: PageFixtures.token).count
            let hasForm = page.html.contains("id=\"form\"")
            #expect(count == (hasForm ? 1 : 0), "\(name)")
            if hasForm { #expect(page.html.contains("type=\"hidden\" name=\"token\" value=\"\(PageFixtures.token)\"")) }
            #expect(!page.headers.contains { $0.value.contains(PageFixtures.token) })
        }
    }

    @Test func everyFieldHasALabelAndFaultsAreTiedToIt() {
        let pages = ResetPages(PageFixtures.context(.english))
        let form = PasswordForm(token: "t", rules: [.minimumLength(12)])
        let first = pages.choosePassword(form).html
        #expect(first.contains("<label for=\"password\">") && first.contains("<label for=\"again\">"))
        #expect(first.contains("<label for=\"show\">") && first.contains("aria-describedby=\"rules\""))
        #expect(first.contains("autocomplete=\"new-password\"") && !first.contains("aria-invalid="))
        var failed = form
        failed.fault = .refused([.notWellKnown])
        let second = pages.choosePassword(failed).html
        #expect(second.contains("role=\"alert\" id=\"fault\"") && second.contains("aria-invalid=\"true\""))
        #expect(second.contains("aria-describedby=\"fault rules\""))
        #expect(second.contains("<title>Error: "))
        #expect(pages.forgotPassword().html.contains("<label for=\"email\">"))
        #expect(
            pages.forgotPassword(isMalformed: true).html.contains("aria-invalid=\"true\" aria-describedby=\"fault\"")
        )
    }

    @Test func passwordsArePastedAndManagedFreely() {
        let page = ResetPages(PageFixtures.context(.english)).choosePassword(
            PasswordForm(token: "t", rules: PageFixtures.rules, account: "ana@example.org")
        )
        #expect(!page.html.contains("onpaste") && !page.html.contains("maxlength=") && !page.html.contains("pattern="))
        #expect(page.html.contains("autocomplete=\"username\" value=\"ana@example.org\" readonly"))
        #expect(page.html.contains("minlength=\"12\""))
        #expect(page.html.contains("passwordrules=\"minlength: 12; maxlength: 128; required: digit;"))
    }

    @Test func waitIsToldInWholeMinutes() {
        let pages = ResetPages(PageFixtures.context(.english))
        for (seconds, words) in [
            (0, "in 1 minute."), (60, "in 1 minute."), (61, "in 2 minutes."), (3600, "in 60 minutes."),
        ] {
            let page = pages.tooManyRequests(retryAfter: seconds)
            #expect(page.html.contains(words))
            #expect(page.header("Retry-After") == String(max(1, seconds)))
        }
    }

    private static func hash(_ text: String) -> String {
        "'sha256-\(Base64.encode(Array(SHA256.hash(data: Array(text.utf8)))))'"
    }
}
