// SPDX-License-Identifier: Apache-2.0
internal import Basics
package import Feedback
internal import Mail

/// The pages of a link for unsubscribing; they work without JavaScript, and load only the brand's logo.
package struct UnsubscribePages: Sendable {
    private let frame: PageFrame
    private let words: UnsubscribeWords

    package init(_ frame: PageFrame) {
        self.frame = frame
        words = UnsubscribeWords.of(frame.language)
    }

    /// Asks with one button, which posts to the address of the page: 200.
    package func ask(_ token: UnsubscribeToken) -> HostedPage {
        page(
            words.ask,
            token,
            "<form method=\"post\"><button class=\"button\" type=\"submit\">\(words.askButton)</button></form>"
        )
    }

    /// The recipient is unsubscribed, and has a way back: 200.
    ///
    /// `text` is the token in the address of the page.
    package func done(_ token: UnsubscribeToken, _ text: String) -> HostedPage {
        page(
            words.done,
            token,
            """
            <p class="note">\(words.doneNote)</p>
            <p>\(words.backText)</p>
            <form method="post" action="\(text)/subscribe">
            <button class="button" type="submit">\(words.backButton)</button>
            </form>
            """
        )
    }

    /// The recipient is subscribed again: 200.
    package func again(_ token: UnsubscribeToken) -> HostedPage { page(words.again, token) }

    /// The same, but mail to the recipient is stopped for another reason: 200.
    package func still(_ token: UnsubscribeToken) -> HostedPage { page(words.still, token) }

    /// The token was cut or changed, with the same response for all: 404.
    package func badLink() -> HostedPage { fault(words.bad, status: 404) }

    package func tooMany(retryAfter seconds: Int) -> HostedPage { fault(words.many, status: 429, seconds) }

    /// The store does not answer: 503.
    package func later(retryAfter seconds: Int) -> HostedPage { fault(words.later, status: 503, seconds) }

    private func page(_ words: UnsubscribeWords.Page, _ token: UnsubscribeToken, _ rest: Markup? = nil) -> HostedPage {
        let values = ["name": frame.brand.name, "list": token.list, "address": token.address.description]
        return frame.page(
            status: 200,
            title: words.title,
            """
            <h1>\(words.title)</h1>
            <p>\(Self.filled(words.text, values))</p>
            \(rest)
            """
        )
    }

    private func fault(_ words: UnsubscribeWords.Page, status: Int, _ retryAfter: Int? = nil) -> HostedPage {
        frame.page(
            status: status,
            title: words.title,
            isFault: true,
            retryAfter: retryAfter,
            """
            <h1>\(words.title)</h1>
            <div class="alert" role="alert"><p>\(words.text)</p></div>
            """
        )
    }

    /// A sentence with its values, which may have another writing direction than the text around them.
    private static func filled(_ text: String, _ values: [String: String]) -> [Markup] {
        text.split(separator: "{", omittingEmptySubsequences: false).map { part -> Markup in
            guard let end = part.firstIndex(of: "}"), let value = values[String(part[..<end])] else {
                return "\(String(part))"
            }
            return "<bdi>\(value)</bdi>\(String(part[end...].dropFirst()))"
        }
    }
}
