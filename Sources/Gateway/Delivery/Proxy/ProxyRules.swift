// SPDX-License-Identifier: Apache-2.0
public import Basics

/// What a setting `proxy` says.
public enum ProxyChoice: Sendable, Hashable {
    /// `none`: whatever else is set, there is no proxy.
    case direct
    case through(OutgoingProxy)
}

/// Which requests go through which proxy.
///
/// A provider's own setting counts first, then the one of the whole file, then the environment's. Loopback addresses are
/// always reached directly, and so are the hosts of `NO_PROXY`.
public struct ProxyRules: Sendable, Hashable {
    /// The setting at the top of the file.
    public var setting: ProxyChoice?
    public let environment: ProxyEnvironment

    public init(setting: ProxyChoice? = nil, environment: ProxyEnvironment = ProxyEnvironment([:])) {
        self.setting = setting
        self.environment = environment
    }

    /// The proxy for a request, nil for none; `choice` is the setting of the provider that makes it.
    public func proxy(for url: HTTPURL, choice: ProxyChoice?) -> OutgoingProxy? {
        guard !url.isLoopback, !environment.exceptions.contain(url) else { return nil }
        switch choice ?? setting {
        case .direct: return nil
        case .through(let proxy): return proxy
        // The variable is for https alone.
        case nil: return url.isSecure ? environment.proxy : nil
        }
    }
}

/// What the environment says of proxies: `https_proxy` or `HTTPS_PROXY`, and `no_proxy` or `NO_PROXY`.
public struct ProxyEnvironment: Sendable, Hashable {
    public let proxy: OutgoingProxy?
    public let exceptions: ProxyExceptions
    /// The variable that holds no address of a proxy; nil for none.
    public let faultyVariable: String?

    /// Variables in small letters count first, as they do for curl; one that is empty counts as not set.
    public init(_ variables: [String: String]) {
        func value(_ names: String...) -> (name: String, text: String)? {
            names.lazy.compactMap { name in
                variables[name].flatMap { $0.isEmpty ? nil : (name, $0) }
            }.first
        }
        exceptions = ProxyExceptions(value("no_proxy", "NO_PROXY")?.text ?? "")
        let found = value("https_proxy", "HTTPS_PROXY")
        // curl takes an address without a scheme too.
        proxy = found.flatMap { OutgoingProxy($0.text.contains("://") ? $0.text : "http://\($0.text)") }
        faultyVariable = proxy == nil ? found?.name : nil
    }
}

/// Sends every request as the setting says.
package struct ProxyingClient: HTTPClient {
    private let base: any HTTPClient
    private let choice: ProxyChoice

    package init(base: any HTTPClient, choice: ProxyChoice) {
        self.base = base
        self.choice = choice
    }

    package func perform(_ request: HTTPRequest) async throws(HTTPFailure) -> HTTPResponse {
        var request = request
        request.proxy = request.proxy ?? choice
        return try await base.perform(request)
    }
}
