// SPDX-License-Identifier: Apache-2.0
package import Server

/// The hosted pages, for sites without pages of their own.
///
/// Pure functions: they look nothing up, and reveal nothing about an account that the visitor did not type. Each page works
/// without JavaScript and loads only the brand's logo.
package struct ResetPages: Sendable {
    let context: PageContext
    let words: PageWords

    package init(_ context: PageContext) {
        self.context = context
        words = PageWords.of(context.language)
    }

    /// The form for a new password: 200, or 422 after a faulty try.
    package func choosePassword(_ form: PasswordForm) -> HostedPage {
        context.frame.page(
            status: form.fault == nil ? 200 : 422,
            title: words.choose.title,
            isFault: form.fault != nil,
            script: .passwordForm,
            """
            <h1>\(words.choose.title)</h1>
            \(alert(form.fault))<p>\(words.choose.text)</p>
            \(passwordForm(form))
            """
        )
    }

    /// The password was changed: 200.
    package func passwordChanged() -> HostedPage {
        context.frame.page(
            status: 200,
            title: words.changed.title,
            script: .address,
            """
            <h1>\(words.changed.title)</h1>
            <p>\(words.changed.text)</p>
            <p>\(words.changed.notice)</p>
            \(homeButton)
            """
        )
    }

    /// The token is unknown, used, void or expired, with the same response for all: 400.
    package func linkNotGood() -> HostedPage {
        context.frame.page(
            status: 400,
            title: words.link.badTitle,
            script: .address,
            """
            <h1>\(words.link.badTitle)</h1>
            <p>\(words.link.badText)</p>
            <p><a class="button" href="\(context.requestPath)">\(words.link.button)</a></p>
            """
        )
    }

    /// The URL has no token, as after a reload that followed the removal of the token: 400.
    package func linkIncomplete() -> HostedPage {
        context.frame.page(
            status: 400,
            title: words.link.incompleteTitle,
            script: .address,
            """
            <h1>\(words.link.incompleteTitle)</h1>
            <p>\(words.link.incompleteText)</p>
            <p><a class="button" href="\(context.requestPath)">\(words.link.button)</a></p>
            """
        )
    }

    /// The form that requests a link: 200, or 422 after an invalid address.
    package func forgotPassword(isMalformed: Bool = false) -> HostedPage {
        let fault: Markup? =
            isMalformed
            ? "<div class=\"alert\" role=\"alert\" id=\"fault\"><p>\(words.forgot.malformed)</p></div>\n" : nil
        let invalid: Markup? = isMalformed ? " aria-invalid=\"true\" aria-describedby=\"fault\" autofocus" : nil
        return context.frame.page(
            status: isMalformed ? 422 : 200,
            title: words.forgot.title,
            isFault: isMalformed,
            """
            <h1>\(words.forgot.title)</h1>
            \(fault)<p>\(words.forgot.text)</p>
            <form method="post" action="\(context.requestPath)" novalidate>
            <label for="email">\(words.forgot.email)</label>
            <input class="field" id="email" name="\(PasswordForm.Field.email)" type="email" autocomplete="email" \
            dir="ltr" autocapitalize="none" autocorrect="off" spellcheck="false" maxlength="254" required\(invalid)>
            <button class="button" type="submit">\(words.forgot.button)</button>
            </form>
            """
        )
    }

    /// The response to a request for a link: 200, the same for known and unknown addresses.
    package func linkRequested() -> HostedPage {
        context.frame.page(
            status: 200,
            title: words.forgot.sentTitle,
            """
            <h1>\(words.forgot.sentTitle)</h1>
            <p>\(words.forgot.sentText)</p>
            <p class="note">\(words.forgot.sentNote)</p>
            <p><a href="\(context.requestPath)">\(words.forgot.again)</a></p>
            """
        )
    }

    /// A rate limit is reached: 429; with `form` the visitor can try again here, because the token is still valid.
    package func tooManyRequests(retryAfter seconds: Int, form: PasswordForm? = nil) -> HostedPage {
        patience(
            status: 429,
            title: words.later.manyTitle,
            text: words.later.manyText.text(max(1, (seconds + 59) / 60)),
            retryAfter: seconds,
            form
        )
    }

    /// The directory or the store does not answer: 503; with `form` as in ``tooManyRequests(retryAfter:form:)``.
    package func tryAgainLater(retryAfter seconds: Int, form: PasswordForm? = nil) -> HostedPage {
        patience(
            status: 503,
            title: words.later.downTitle,
            text: words.later.downText,
            retryAfter: seconds,
            form
        )
    }

    /// The password of the account can never be changed here: 422.
    package func passwordUnchangeable() -> HostedPage {
        let support = context.brand.links["support"].map { address -> Markup in
            "<p><a class=\"button\" href=\"\(address)\" rel=\"noreferrer\">\(PageLabels.of(context.language).support)</a></p>\n"
        }
        return context.frame.page(
            status: 422,
            title: words.never.title,
            isFault: true,
            script: .address,
            """
            <h1>\(words.never.title)</h1>
            <div class="alert" role="alert"><p>\(words.never.text)</p></div>
            \(support)
            """
        )
    }

    private func patience(
        status: Int,
        title: String,
        text: String,
        retryAfter: Int,
        _ form: PasswordForm?
    ) -> HostedPage {
        let rest: Markup
        if let form {
            rest = "<p>\(words.later.linkStaysGood)</p>\n\(passwordForm(form))"
        } else {
            rest = "<p><a class=\"button\" href=\"\(context.requestPath)\">\(words.later.button)</a></p>"
        }
        return context.frame.page(
            status: status,
            title: title,
            isFault: true,
            script: form == nil ? .address : .passwordForm,
            retryAfter: retryAfter,
            """
            <h1>\(title)</h1>
            <div class="alert" role="alert"><p>\(text)</p></div>
            \(rest)
            """
        )
    }

    private var homeButton: Markup? {
        guard let home = context.brand.links["home"] else { return nil }
        // The name may have another writing direction than the text around it.
        let parts = words.changed.button.split(separator: "{name}", omittingEmptySubsequences: false).map(String.init)
        let label: Markup = "\(parts[0])<bdi>\(context.brand.name)</bdi>\(parts.dropFirst().joined())"
        return "<p><a class=\"button\" href=\"\(home)\" rel=\"noreferrer\">\(label)</a></p>"
    }
}

/// The context that all pages for one visitor share.
package struct PageContext: Sendable, Hashable {
    package var brand: PageBrand
    package var language: PageLanguage
    /// The path of the page and form that request a link.
    package var requestPath: String
    /// The path of the page and form that set the new password.
    package var confirmPath: String

    package init(
        brand: PageBrand,
        language: PageLanguage,
        requestPath: String = "/forgot-password",
        confirmPath: String = "/reset-password"
    ) {
        self.brand = brand
        self.language = language
        self.requestPath = requestPath
        self.confirmPath = confirmPath
    }

    var frame: PageFrame { PageFrame(brand: brand, language: language) }
}
