// SPDX-License-Identifier: Apache-2.0
package import Basics
internal import HTTPTypes
package import JSON
package import Queue
import Submission

/// Endpoints for the providers.
package struct ProvidersAPI: Sendable {
    /// The account, expiry and last refresh of a provider's OAuth token; null when it uses none.
    package typealias TokenView = @Sendable (_ provider: String) async -> JSON

    private let dispatching: any Dispatching
    private let controls: any ControlStore
    private let token: TokenView
    private let clock: Clock

    package init(
        dispatching: any Dispatching,
        controls: any ControlStore,
        clock: @escaping Clock,
        token: @escaping TokenView
    ) {
        self.dispatching = dispatching
        self.controls = controls
        self.clock = clock
        self.token = token
    }

    package var endpoints: [Endpoint] {
        [
            Endpoint(.get, "/v1/providers", access: .key(.read), answer: list),
            Endpoint(.post, "/v1/providers/{name}/pause", access: .key(.manage)) { call throws(Refusal) in
                try await setPaused(true, call)
            },
            Endpoint(.post, "/v1/providers/{name}/resume", access: .key(.manage)) { call throws(Refusal) in
                try await setPaused(false, call)
            },
            Endpoint(.post, "/v1/providers/{name}/probe", access: .key(.manage), answer: probe),
        ]
    }

    private func list(_ call: Call) async throws(Refusal) -> Reply {
        var views: [JSON] = []
        for status in dispatching.statuses() {
            views.append(ProviderView.provider(status, token: await token(status.name)))
        }
        return .json(ProviderView.list(views))
    }

    /// Requests a probe of the provider from every gateway on the store, including this one.
    private func probe(_ call: Call) async throws(Refusal) -> Reply {
        let status = try status(call)
        guard status.state != .paused else {
            throw Refusal(.providerPaused("\(status.name) is paused: resume it, then it is tried."))
        }
        try await translating(Refusal.init) { () async throws(StoreError) in
            try await controls.askForProbe(of: status.name, now: clock())
        }
        dispatching.storeChanged()
        return .json(ProviderView.provider(status, token: await token(status.name)))
    }

    private func status(_ call: Call) throws(Refusal) -> ProviderStatus {
        let name = call.parameter("name")
        guard let status = dispatching.statuses().first(where: { $0.name == name }) else {
            throw Refusal(.notFound("There is no provider of this name."))
        }
        return status
    }

    /// Stores the decision first, so that it survives a crash.
    private func setPaused(_ paused: Bool, _ call: Call) async throws(Refusal) -> Reply {
        let name = try status(call).name
        try await translating(Refusal.init) { () async throws(StoreError) in
            try await controls.setPaused(paused, provider: name, now: clock())
        }
        dispatching.setPaused(paused, provider: name)
        return .json(ProviderView.provider(try status(call), token: await token(name)))
    }
}
