// SPDX-License-Identifier: Apache-2.0
package import HTTPTypes

/// What all answers of an address have in common, whatever the method and whoever answers.
package struct EndpointFrame: Sendable {
    /// Refuses every call while the address is switched off.
    let admit: @Sendable () throws(Refusal) -> Void
    /// Adds fields to every answer, refusals too.
    let finish: @Sendable (_ request: HTTPFields, inout Reply) -> Void

    package init(
        admit: @escaping @Sendable () throws(Refusal) -> Void = { () throws(Refusal) in },
        finish: @escaping @Sendable (_ request: HTTPFields, inout Reply) -> Void = { _, _ in }
    ) {
        self.admit = admit
        self.finish = finish
    }
}
