// SPDX-License-Identifier: Apache-2.0

/// Why a header field or a text meant for one is refused, in one plain sentence that never quotes a value.
public struct HeaderFault: Error, Sendable, Hashable, CustomStringConvertible {
    /// Which half of the field is at fault.
    public enum Part: Sendable, Hashable {
        case name
        case value
    }

    public let part: Part
    public let description: String

    init(_ part: Part, _ description: String) {
        self.part = part
        self.description = description
    }
}
