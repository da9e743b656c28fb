// SPDX-License-Identifier: Apache-2.0
public import Delivery

/// Tries every ``ProviderLaw`` with a provider whose service the test controls.
///
/// The suite returns the broken laws; a mutant for each law shows that the suite can detect it (``MemoryService``).
public struct ProviderConformance: Sendable {
    public typealias Law = ProviderLaw

    private let open: @Sendable () async throws -> any ProviderUnderTest
    private let patience: Duration

    /// - Parameters:
    ///   - patience: The time limit for a cancelled attempt; only a broken law takes that long.
    ///   - open: Starts a new service and a provider that uses it.
    public init(
        patience: Duration = .seconds(60),
        open: @escaping @Sendable () async throws -> any ProviderUnderTest
    ) {
        self.patience = patience
        self.open = open
    }

    /// The laws that the provider breaks, in declaration order.
    ///
    /// A law that cannot be tested is broken.
    public func violations() async -> [Law] {
        var violations: [Law] = []
        for law in Law.allCases where await !holds(law) { violations.append(law) }
        return violations
    }

    /// Tests one law with a new service.
    public func holds(_ law: Law) async -> Bool {
        do {
            return try await ControlledTrial(subject: try await open(), patience: patience).keeps(law)
        } catch {
            return false
        }
    }
}
