// SPDX-License-Identifier: Apache-2.0

/// An address that can be written into an envelope and a header without any further check (RFC 5321 section 4.1.2).
///
/// The local part is a dot-atom, kept as written; the domain is lower-cased and in A-label form.
public struct EmailAddress: Sendable, Hashable, CustomStringConvertible {
    public let local: String
    public let domain: String

    /// For values that were checked before.
    package init(checkedLocal: String, checkedDomain: String) {
        local = checkedLocal
        domain = checkedDomain
    }

    /// `local@domain`, as it goes onto the wire.
    public var description: String { "\(local)@\(domain)" }

    /// False when the local part needs SMTPUTF8 (RFC 6531).
    public var isASCII: Bool { local.utf8.allSatisfy { $0 < 0x80 } }

    /// The form under which two spellings of one address meet, for suppressions and limits.
    public var canonical: String { description.lowercased() }
}

/// An address with an optional display name.
public struct Mailbox: Sendable, Hashable {
    public let name: String?
    public let address: EmailAddress

    /// For values that were checked before.
    package init(checkedName: String?, address: EmailAddress) {
        name = checkedName
        self.address = address
    }

    /// A mailbox without a display name.
    public init(_ address: EmailAddress) {
        name = nil
        self.address = address
    }
}
