// SPDX-License-Identifier: Apache-2.0

/// Waits for an event: asks again and again until `condition` holds.
///
/// - Parameters:
///   - limit: How long to wait. It is long enough for a slow machine that has other things to do; only a test that fails waits
///     so long.
///   - condition: Asked at least once.
/// - Returns: False when the condition still does not hold after `limit`, or the test was cancelled.
package func comesTrue(
    within limit: Duration = .seconds(180),
    _ condition: () async throws -> Bool
) async rethrows -> Bool {
    let deadline = ContinuousClock.now + limit
    while true {
        if try await condition() { return true }
        // A cancelled sleep ends the wait: the time limit of the test is over.
        guard .now < deadline, (try? await Task.sleep(for: .milliseconds(10))) != nil else { return false }
    }
}
