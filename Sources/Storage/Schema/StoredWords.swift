// SPDX-License-Identifier: Apache-2.0
import Feedback
import Mail
import Monitoring
public import Queue
public import SQL

// Words of a fixed set: one that this version does not know is unreadable.
extension MessageState: SQLConvertible {}
extension Priority: SQLConvertible {}
extension ProviderFinding.Circuit: SQLConvertible {}
extension ProviderStatus.State: SQLConvertible {}
extension WebhookDelivery.State: SQLConvertible {}

/// A severity that this version does not know counts as the highest: the record must not be lost, and its notification must not be sent twice.
extension AlertSeverity: SQLConvertible {
    @usableFromInline package init?(_ value: SQLValue) {
        guard case .text(let word) = value else { return nil }
        self = Self(rawValue: word) ?? .critical
    }
}

/// A kind that this version does not know counts as a beginning, as above.
extension NotificationKind: SQLConvertible {
    @usableFromInline package init?(_ value: SQLValue) {
        guard case .text(let word) = value else { return nil }
        self = Self(rawValue: word) ?? .firing
    }
}

/// A kind that this version does not know is shown as it is.
extension MessageEvent.Kind: SQLConvertible {
    @usableFromInline package init?(_ value: SQLValue) {
        guard case .text(let word) = value else { return nil }
        self.init(stored: word)
    }
}

/// A reason that this version does not know stops all mail.
extension Suppression.Reason: SQLConvertible {
    @usableFromInline package init?(_ value: SQLValue) {
        guard case .text(let word) = value else { return nil }
        self.init(stored: word)
    }
}

extension LeaseHolder: SQLConvertible {
    @usableFromInline package init?(_ value: SQLValue) {
        guard case .integer(let number) = value else { return nil }
        self.init(number: number)
    }

    @usableFromInline package var sqlValue: SQLValue { .integer(number) }
}

/// An address in its canonical form.
struct StoredAddress: SQLConvertible {
    let address: EmailAddress

    init(_ address: EmailAddress) {
        self.address = address
    }

    init?(_ value: SQLValue) {
        guard case .text(let text) = value, let address = EmailAddress(stored: text) else { return nil }
        self.address = address
    }

    var sqlValue: SQLValue { .text(address.canonical) }
}
