// SPDX-License-Identifier: Apache-2.0

/// A password, key or token that cannot be printed by accident.
public struct Secret: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The secret itself, for the one call that needs it.
    public let exposed: String

    public init(_ exposed: String) {
        self.exposed = exposed
    }

    public var description: String { "••••••" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: []) }
}
