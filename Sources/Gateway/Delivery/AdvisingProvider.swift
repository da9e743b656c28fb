// SPDX-License-Identifier: Apache-2.0

/// A provider that can tell an operator more than whether it works.
public protocol AdvisingProvider: Provider {
    /// Warnings about sending from these addresses, each with its remedy; empty when there is nothing to say.
    ///
    /// It may ask the service, and sends no mail.
    func advice(from senders: [EmailAddress]) async -> [String]
}
