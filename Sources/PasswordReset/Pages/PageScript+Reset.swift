// SPDX-License-Identifier: Apache-2.0
import Server

extension PageScript {
    /// Removes the token from the address bar and so from the history.
    static let address = PageScript(strip)
    /// The same, and the switch that shows the password; repeated clicks send the form once.
    static let passwordForm = PageScript(strip + form)

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
