// SPDX-License-Identifier: Apache-2.0

/// Why mail to a recipient was refused for good.
public enum BounceClass: String, Sendable, Hashable, CaseIterable {
    /// There is no such mailbox or domain.
    case hard
    /// The mailbox cannot take mail now, or the reason is unknown.
    case soft
    /// The content, the sender or its reputation was refused.
    case policy
    /// The service has the address on its own suppression list.
    case suppressed
}
