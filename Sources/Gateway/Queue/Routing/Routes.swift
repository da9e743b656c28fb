// SPDX-License-Identifier: Apache-2.0

/// The way that mail takes: the first route that matches a message says which providers may carry it, in order.
public struct Routes: Sendable, Hashable {
    public struct Route: Sendable, Hashable {
        /// Nil matches any.
        public let brand: String?
        public let category: String?
        /// Names of providers, in the order of failover.
        public let via: [String]

        public init(brand: String? = nil, category: String? = nil, via: [String]) {
            self.brand = brand
            self.category = category
            self.via = via
        }

        public func matches(_ stream: Stream) -> Bool {
            (brand == nil || brand == stream.brand) && (category == nil || category == stream.category)
        }
    }

    public let routes: [Route]

    public init(_ routes: [Route]) {
        self.routes = routes
    }

    /// The providers for a stream, and the number of the rule that chose them (from 0; nil for a pin).
    ///
    /// Empty when no route matches, which a checked configuration rules out.
    public func via(_ stream: Stream) -> (providers: [String], rule: Int?) {
        if let pin = stream.pin { return ([pin], nil) }
        guard let rule = routes.firstIndex(where: { $0.matches(stream) }) else { return ([], nil) }
        return (routes[rule].via, rule)
    }
}
