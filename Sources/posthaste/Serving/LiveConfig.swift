// SPDX-License-Identifier: Apache-2.0
import Gateway
import Synchronization
import Templates

/// The settings and templates that serve at this moment.
final class LiveConfig: Sendable {
    struct State: Sendable {
        var config: LoadedConfig
        var templates: OpenTemplates
        /// When new settings were refused, and nothing good came since.
        var refusal: String?
    }

    private let current: Mutex<State>

    init(_ config: LoadedConfig, _ templates: OpenTemplates) {
        current = Mutex(State(config: config, templates: templates))
    }

    var state: State { current.withLock { $0 } }
    var settings: GatewaySettings { state.config.settings }

    func change(_ config: LoadedConfig, _ templates: OpenTemplates) {
        current.withLock { $0 = State(config: config, templates: templates) }
    }

    func refuse(at moment: Timestamp) {
        current.withLock {
            $0.refusal = "new settings were refused at \(moment); see the log or `posthaste config check`"
        }
    }

    /// What `/readyz` tells besides providers.
    var warnings: [String] {
        let state = state
        let faults = state.templates.library.faults.count
        let templates = faults == 0 ? [] : ["\(faults) faults in template files; see `posthaste templates lint`"]
        return templates + (state.refusal.map { [$0] } ?? []) + state.config.trialWarnings
            + VolatileStorage.warnings(state.config.settings)
    }
}
