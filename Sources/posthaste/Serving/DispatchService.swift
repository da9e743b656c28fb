// SPDX-License-Identifier: Apache-2.0
import Gateway
import ServiceLifecycle

/// Runs the dispatcher, and drains it when the gateway is told to stop.
struct DispatchService: Service {
    let dispatcher: Dispatcher
    /// Asked when it is needed, for settings may have changed.
    let grace: @Sendable () -> Duration

    func run() async throws {
        await withGracefulShutdownHandler {
            await dispatcher.run()
        } onGracefulShutdown: { [dispatcher, grace] in
            Task { await dispatcher.shutDown(grace: grace()) }
        }
    }
}
