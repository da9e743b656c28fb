// SPDX-License-Identifier: Apache-2.0

/// Polls `condition` until it is true.
///
/// - Parameters:
///   - limit: The maximum wait. It is long enough for a slow, busy machine; only a failing test waits that long.
///   - condition: Evaluated at least once.
/// - Returns: False when the condition is still false after `limit`, or the test was cancelled.
package func comesTrue(
    within limit: Duration = .seconds(180),
    _ condition: () async throws -> Bool
) async rethrows -> Bool {
    let deadline = ContinuousClock.now + limit
    while true {
        if try await condition() { return true }
        // A cancelled sleep ends the wait: the time limit of the test has expired.
        guard .now < deadline, (try? await Task.sleep(for: .milliseconds(10))) != nil else { return false }
    }
}
