// SPDX-License-Identifier: Apache-2.0
import Foundation
import GatewayTesting
import JSON
import Testing

@testable import Templates

@Suite(.enabled(if: HTMLReference.python != nil, .init(rawValue: TestPython.absence(of: "html5lib"))))
struct HTMLReferenceTests {
    /// Each in one context or several; all contained values replace `x`, `u` and the items of `l`.
    private static let places = [
        "<p>{{x}}</p>", "<title>{{x}}</title>", "<textarea>{{x}}</textarea>", "<p title=\"{{x}}\">",
        "<p title='{{x}}'>",
        "<p title={{x}}>a", "<p title={{x}} id=b>a", "<p title=a{{x}} id=b>a", "<p class=\"a {{x}} b\" lang={{x}}>",
        "<a href=\"{{x}}\">a</a>", "<a href={{x}}>a</a>", "<a href=\"https://a.b/{{x}}?{{x}}#{{x}}\">a</a>",
        "<a href='mailto:{{x}}'>a</a>", "<img src=\"{{x}}\" alt=\"{{x}}\">", "<form action=\"{{x}}\"></form>",
        "<p style=\"color:{{x}}\">", "<p style='font-family:\"{{x}}\"'>", "<p style=\"a:url({{x}})\">",
        "<p style=\"a:&quot;{{x}}&quot;\">", "<style>a{color:{{x}}}</style>b",
        "<style>a:after{content:\"{{x}}\"}</style>b",
        "<style>a{b:url('{{x}}')}</style>b", "<!-- {{x}} -->b",
        "<!--[if mso]><td bgcolor=\"{{x}}\">{{x}} </td><![endif]-->b",
        "<!--[if !mso]><!--><i title=\"{{x}}\">{{x}}</i><!--<![endif]-->b",
        "<!--[if mso]><style>a{b:{{x}} }</style><a href=\"{{x}}\">c</a><![endif]-->b",
        "<p{{#x}} title=\"{{x}}\"{{/x}}>a", "{{#l}}<i title=\"{{.}}\">{{.}}</i>{{/l}}",
        "<meta name=a content=\"{{x}}\">b",
        "<table><tr><td width=\"{{x}}\">{{x}}</table>", "<select><option value=\"{{x}}\">{{x}}</select>",
        "<svg><g></g></svg><p title=\"{{x}}\">{{x}}", "{{x}}{{x}}<b>{{x}}</b>&{{x}};",
        "<a href=\"{{x}}/{{x}}?{{x}}\">a</a>",
        "<v:rect href=\"{{x}}\" fillcolor=\"{{x}}\">{{x}}</v:rect>", "<input value='{{x}}'>",
        "<h1 id=\"{{x}}\">{{x}}</h1>",
    ]
    private static let fragments = [
        "<", ">", "\"", "'", "`", "=", " ", "/", "\\", "--", "-->", "--!>", "<!--", "]]>", "<![CDATA[", "<![endif]-->",
        "<!--[if mso]>", "</style>", "</title>", "</textarea>", "</p>", "<b x=y>", "<script>a</script>", "<img src=x>",
        "onload=a", " onclick=a ", "javascript:a", "JAVA\tSCRIPT:", "data:text/html,", "vbscript:", "https://a.b/",
        "&", "&#60;", "&lt", "&quot;", "&#x22", ";", ":", "{", "}", "(", ")", "url(", "expression(", "/*", "*/", "\n",
        "\r", "\t", "\u{0}", "\u{C}", "\u{B}", "\u{2028}", "\u{202E}", "\u{A0}", "\u{FEFF}", "ü", "😀", "a", "1", "%",
        "%22", "<svg>", "<math>", "<plaintext>", "<?", "<!", "</", "-", "!", "{{x}}", "#", "?", "@", "//",
    ]

    @Test func hostileValuesAddNoTagNoAttributeAndNoComment() throws {
        var random = SeededGenerator(seed: 2026)
        var cases: [HTMLReference.Pages] = []
        for place in Self.places {
            let template = try MailFixture.bundle(place).compile()
            let expected = try #require(try template.render(Self.data("a")).html)
            var hostile: [String] = []
            for _ in 0..<120 {
                let count = Int.random(in: 1...6, using: &random)
                let value = (0..<count).map { _ in Self.fragments.randomElement(using: &random) ?? "" }.joined()
                // A refused value is in no page.
                if let html = (try? template.render(Self.data(value)))?.html { hostile.append(html) }
            }
            #expect(!hostile.isEmpty, "\(place)")
            cases.append(.init(label: place, expected: expected, hostile: hostile))
        }
        #expect(try HTMLReference.problems(in: cases) == [])
    }

    private static func data(_ value: String) -> JSON {
        ["x": .string(value), "u": .string(value), "h": "a", "l": [.string(value), .string(value)]]
    }

    @Test func shippedTemplatesHoldForEveryBrandAndLocale() throws {
        let folder = HTMLReference.repository.appending(path: "templates").resolvingSymlinksInPath()
        let snapshot = TemplateLibrary(folder: folder.path).snapshot
        #expect(snapshot.faults == [])
        var cases: [HTMLReference.Pages] = []
        for name in snapshot.names {
            for brand in snapshot.brands {
                for locale in ["en", "de", "fr", "es", "ar"] {
                    let template = try #require(snapshot.template(name, brand: brand, locale: locale))
                    let expected = try #require(try template.render(template.sample).html)
                    let hostile = template.variables.compactMap { Self.page(template, hostileIn: $0) }
                    cases.append(.init(label: "\(name) \(brand) \(locale)", expected: expected, hostile: hostile))
                }
            }
        }
        #expect(cases.count >= 15 && cases.contains { !$0.hostile.isEmpty })
        #expect(try HTMLReference.problems(in: cases) == [])
    }

    /// The page with a hostile text for each one in the variable's sample; nil when it is refused.
    private static func page(_ template: CompiledTemplate, hostileIn variable: VariableDeclaration) -> String? {
        guard var sample = template.sample.object, let value = sample[variable.name], variable.type != .html else {
            return nil
        }
        sample[variable.name] = hostile(value)
        return (try? template.render(.object(sample)))?.html
    }

    private static func hostile(_ value: JSON) -> JSON {
        switch value {
        case .string(let text): .string(text + "\"'`><b onload=a>--><!--</style></td>\u{2028}")
        case .array(let items): .array(items.map(hostile))
        case .object(let members): .object(JSONObject(members.map { ($0.key, hostile($0.value)) }))
        default: value
        }
    }
}
