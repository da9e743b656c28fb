// SPDX-License-Identifier: Apache-2.0

/// Why a text is no address, in one plain sentence that never quotes the text, so that it may be shown and logged.
public struct AddressFault: Error, Sendable, Hashable, CustomStringConvertible {
    public let description: String

    init(_ description: String) {
        self.description = description
    }
}
