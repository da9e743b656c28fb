// SPDX-License-Identifier: Apache-2.0
import Text

/// Links to hosts other than the brand's, and URLs without TLS.
enum AddressRule {
    private static let links: Set<String> = ["href", "action"]
    private static let addresses: Set<String> = ["href", "action", "src", "background"]

    @Sendable static func findings(_ subject: LintSubject) -> [LintFinding] {
        guard let page = subject.page else { return [] }
        let hosts = subject.template.brand.linkHosts
        var findings: [LintFinding] = []
        for (index, element) in page.markup.elements.enumerated() {
            for attribute in element.attributes where addresses.contains(attribute.name) {
                let address = WebAddress(attribute.staticText)
                findings += insecure(address, attribute.position)
                guard links.contains(attribute.name), element.tag != "link", !hosts.isEmpty,
                    attribute.staticText != CompiledTemplate.exampleURL, address.leaves(hosts)
                else { continue }
                let message =
                    if let host = address.authority?.host?.name {
                        "this leads to \(host), which is not in the brand's link_hosts; add it there, or change the link"
                    } else {
                        "this \(URLEscaping.noHost); change the link"
                    }
                findings.append(.warning(message, at: attribute.position))
            }
            for declaration in page.styles[index] where declaration.hasFunction {
                for part in declaration.value.split(separator: "url(", omittingEmptySubsequences: false).dropFirst() {
                    let address = WebAddress(part.drop { $0 == "'" || $0 == "\"" }.description)
                    guard address.scheme == "http" else { continue }
                    findings += insecure(address, page.position(of: declaration, on: index))
                }
            }
        }
        return findings
    }

    private static func insecure(_ address: WebAddress, _ position: Position) -> [LintFinding] {
        guard address.scheme == "http" else { return [] }
        return [
            .warning("this address is http; write https, for others can read and change what http loads", at: position)
        ]
    }
}
