// SPDX-License-Identifier: Apache-2.0
import Foundation

/// The files of a new template, with comments for its author.
struct NewTemplate {
    let name: String
    private let layout: String?
    private let hasButton: Bool

    /// Uses the layout and the button of the templates folder, if they exist.
    init(name: String, in folder: String) {
        self.name = name
        // Without a layout the template uses none.
        layout = try? String(contentsOfFile: "\(folder)/layouts/base.html", encoding: .utf8)
        hasButton = FileManager.default.fileExists(atPath: "\(folder)/partials/button.html")
    }

    var files: [StarterFiles.File] {
        [
            StarterFiles.File(path: "template.yaml", content: manifest),
            StarterFiles.File(path: "body.html", content: body),
        ]
    }

    private var hasPreheader: Bool { layout?.contains("{{$preheader}}") ?? false }

    private var manifest: String {
        """
        # What this mail is and what it needs. Look at it with `posthaste templates preview`,
        # check it with `posthaste templates lint`. Everything that may stand here: docs/templates.md.

        # One line of Mustache. Fields of the brand are {{brand.name}} and so on.
        subject: "{{brand.name}}: {{title}}"

        # One word for routing and statistics.
        category: \(name)

        # For people; `posthaste templates list` shows it.
        description: Say here in one line what the mail is for

        # The frame around body.html: \(layout == nil ? "none here, so body.html is the whole mail" : "layouts/base.html").
        layout: \(layout == nil ? "none" : "base")

        # What the sender gives. Anything missing, wrongly typed or not declared here is refused before it is stored.
        # Types: string, number, boolean, date, money, url, email, html, list, object.
        variables:
          title: { type: string, required: true, description: What the mail is about }
          name: { type: string, description: Who is greeted }
          link: { type: url, description: Where the reader goes next }

        # Wording by name. For French write template.fr.yaml, with `subject`, `strings` and `sample` of its own.
        strings:
        \(hasPreheader ? "  preheader: The line that inboxes show behind the subject.\n" : "")\
          greeting: Hello
          intro: Write here what the reader has to know, the most important thing first.
          button: Open

        # One value for each variable. A template whose sample does not render never goes live.
        sample:
          title: News for you
          name: Ana
          link: https://example.org/news

        """
    }

    private var body: String {
        """
        {{! Comments like this one never reach a reader. Values are escaped for the place they stand in. }}
        \(hasPreheader ? "{{$preheader}}{{strings.preheader}}{{/preheader}}\n" : "")\
        <h1>{{title}}</h1>
        {{! The text between the hash and the slash is left out when there is no name. }}
        <p>{{strings.greeting}}{{#name}} {{name}}{{/name}},</p>
        <p>{{strings.intro}}</p>
        {{#link}}
        \(button)
        {{/link}}
        {{! The text part is made from this file; write body.txt to word it yourself. }}

        """
    }

    private var button: String {
        hasButton
            ? "{{<button}}{{$url}}{{link}}{{/url}}{{$label}}{{strings.button}}{{/label}}{{/button}}"
            : "<p><a href=\"{{link}}\">{{strings.button}}</a></p>"
    }
}
