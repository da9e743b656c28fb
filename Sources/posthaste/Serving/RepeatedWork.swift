// SPDX-License-Identifier: Apache-2.0
import ServiceLifecycle

/// Does a piece of work again and again until the gateway is told to stop.
struct RepeatedWork: Service {
    let interval: Duration
    let work: @Sendable () async -> Void

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                await work()
                // A cancelled sleep ends the loop.
                try? await Task.sleep(for: interval)
            }
        }
    }
}
