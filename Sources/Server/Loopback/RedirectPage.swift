// SPDX-License-Identifier: Apache-2.0

/// The pages that a browser shows after the redirect.
enum RedirectPage {
    static let thanks = page(
        "Thank you",
        "Your answer has arrived. Go back to the terminal, which says whether it worked; this page can be closed."
    )

    /// For a request that does not answer the pending sign-in.
    static let foreign = page(
        "This is not the answer",
        "This request does not belong to the sign-in that the terminal waits for, so nothing was changed. The terminal "
            + "still waits: open the address that it shows in this browser, and sign in there."
    )

    private static func page(_ title: String, _ words: String) -> String {
        """
        <!doctype html><html lang="en"><meta charset="utf-8"><title>\(title) - Posthaste</title>
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <style>:root{color-scheme:light dark}body{font:1.1rem/1.5 system-ui,sans-serif;max-width:32rem;margin:20vh auto;\
        padding:0 1rem}</style>
        <h1>\(title)</h1><p>\(words)</p></html>
        """
    }
}
