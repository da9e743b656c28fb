// SPDX-License-Identifier: Apache-2.0

/// The JavaScript of a page; every page works without it.
enum PageScript: Sendable, Hashable {
    /// Removes the token from the address bar and so from the history.
    case address
    /// The same, and the switch that shows the password; repeated clicks send the form once.
    case passwordForm

    var text: String {
        switch self {
        case .address: Self.strip
        case .passwordForm: Self.strip + Self.form
        }
    }

    private static let strip = """
        "use strict";
        if (location.search) history.replaceState(null, "", location.pathname);

        """

    private static let form = """
        {
        const form = document.getElementById("form");
        const field = document.getElementById("password");
        const box = document.getElementById("show");
        let sent = false;
        document.getElementById("switch").hidden = false;
        box.checked = false;
        box.addEventListener("change", () => { field.type = box.checked ? "text" : "password"; });
        form.addEventListener("submit", (event) => {
        if (sent) event.preventDefault();
        sent = true;
        box.checked = false;
        field.type = "password";
        });
        addEventListener("pageshow", () => { sent = false; });
        }

        """
}
