// SPDX-License-Identifier: Apache-2.0
import Feedback
import Foundation
import Settings

extension SettingsReader {
    /// Notes a fault when templates send mail of lists and `public_url` leads to no https.
    ///
    /// Settings without `public_url` have none: the starter kit has a template with a list, and a first trial sends none of its
    /// mail; a request for it is refused.
    func checkLists(_ settings: GatewaySettings) {
        guard node("public_url") != nil, let fault = UnsubscribeLinks.fault(publicURL: settings.publicURL) else {
            return
        }
        let templates = Self.templatesWithList(in: settings.templates)
        guard let first = templates.first else { return }
        let others = templates.count == 1 ? "" : " and \(templates.count - 1) others"
        note(
            "the template `\(first)`\(others) in \(settings.templates) has a `list`, and \(fault)",
            key: "public_url",
            remedy:
                "write the https address at which recipients reach the gateway, or take `list` out of the templates"
        )
    }

    /// The names of templates whose files set `list`, in alphabetical order; the library reports what is wrong with the files.
    private static func templatesWithList(in folder: String) -> [String] {
        // Without a readable folder there are no templates to send.
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.sorted().filter { name in
            guard let data = FileManager.default.contents(atPath: "\(folder)/\(name)/template.yaml") else {
                return false
            }
            return String(decoding: data, as: UTF8.self).split(whereSeparator: \.isNewline).contains {
                $0.hasPrefix("list:")
            }
        }
    }
}
