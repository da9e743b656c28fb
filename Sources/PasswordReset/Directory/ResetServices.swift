// SPDX-License-Identifier: Apache-2.0
package import Basics
package import Delivery
package import JSON

/// The process services that the feature needs.
package struct ResetServices: Sendable {
    package var http: any HTTPClient
    package var parse: @Sendable ([UInt8]) throws -> JSON
    package var ids: IDs
    package var clock: Clock
    /// 64 unpredictable random bits.
    package var random: @Sendable () -> UInt64

    package init(
        http: any HTTPClient,
        parse: @escaping @Sendable ([UInt8]) throws -> JSON,
        ids: IDs,
        clock: @escaping Clock,
        random: @escaping @Sendable () -> UInt64
    ) {
        self.http = http
        self.parse = parse
        self.ids = ids
        self.clock = clock
        self.random = random
    }
}
