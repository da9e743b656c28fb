// SPDX-License-Identifier: Apache-2.0
import JSON

extension JSONPointer {
    /// The place that `other` names when it is read from here.
    func appending(contentsOf other: JSONPointer) -> JSONPointer {
        if description.isEmpty { return other }
        let names = other.description.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
        return names.reduce(self) { place, name in
            // RFC 6901 section 4: first ~1, then ~0.
            place.appending(String(name).replacing("~1", with: "/").replacing("~0", with: "~"))
        }
    }
}
