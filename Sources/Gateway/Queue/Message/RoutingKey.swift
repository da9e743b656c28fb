// SPDX-License-Identifier: Apache-2.0

/// The order of precedence; a message never waits behind one of a lower priority.
public enum Priority: Int, Sendable, Hashable, CaseIterable, Comparable {
    case critical = 0
    case normal = 1
    case bulk = 2

    /// The word used in requests, logs and metrics.
    public var name: String {
        switch self {
        case .critical: "critical"
        case .normal: "normal"
        case .bulk: "bulk"
        }
    }

    public init?(name: String) {
        guard let priority = Priority.allCases.first(where: { $0.name == name }) else { return nil }
        self = priority
    }

    public static func < (left: Priority, right: Priority) -> Bool { left.rawValue < right.rawValue }
}

/// Identifies messages that take the same route: same brand and category, or pinned to the same provider.
///
/// The queue is kept by routing key, so that a slow provider's backlog never blocks another's mail.
public struct RoutingKey: Sendable, Hashable {
    public let brand: String
    public let category: String?
    /// The provider that the sender pinned, in place of a route.
    public let pin: String?

    public init(brand: String, category: String?, pin: String?) {
        self.brand = brand
        self.category = category
        self.pin = pin
    }
}
