// SPDX-License-Identifier: Apache-2.0

/// Runs `work`, and throws its error as the caller's own type.
///
/// The closure names the error that it throws: `{ () async throws(StoreError) in … }`.
@inlinable
package func translating<T, From: Error, To: Error>(
    _ translate: (From) -> To,
    _ work: () async throws(From) -> T
) async throws(To) -> T {
    do throws(From) { return try await work() } catch { throw translate(error) }
}
