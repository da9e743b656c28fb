// SPDX-License-Identifier: Apache-2.0
import JSON
import Text

/// Checks the hosts of the links in data.
struct LinkCheck {
    /// The allowed hosts, including their subdomains.
    let hosts: [String]
    private(set) var faults: [VariableFault] = []

    init(hosts: [String]) {
        self.hosts = hosts
    }

    /// Checks the text at the declared `path` below `value`, whose position is `pointer`; for a list, each item.
    mutating func check(_ value: JSON, _ path: ArraySlice<String>, at pointer: JSONPointer) {
        switch value {
        case .array(let items):
            for (index, item) in items.enumerated() { check(item, path, at: pointer.appending(index)) }
        case .object(let members):
            guard let name = path.first, let member = members[name] else { return }
            check(member, path.dropFirst(), at: pointer.appending(name))
        case .string(let text) where path.isEmpty: check(text, at: pointer)
        default: break
        }
    }

    private mutating func check(_ text: String, at pointer: JSONPointer) {
        let address = WebAddress(text)
        let allowed = hosts.joined(separator: ", ")
        if address.leaves(hosts) {
            let detail = "leads to a host that is not in the brand's link_hosts (\(allowed))"
            faults.append(VariableFault(pointer: pointer, detail: detail))
        } else if address.lacksHost {
            faults.append(VariableFault(pointer: pointer, detail: URLEscaping.lacksHost))
        }
    }
}
