// SPDX-License-Identifier: Apache-2.0

/// The `Message-ID` of a message, which follows from its id and its sender and so needs no place in the store.
package enum MessageID {
    /// The value without angle brackets, the same on every try.
    package static func of(_ id: String, from: Mailbox) -> String {
        let unique = id.utf8.firstIndex(of: UInt8(ascii: "_")).map { id[id.utf8.index(after: $0)...] } ?? id[...]
        return "\(unique)@\(from.address.domain)"
    }
}
