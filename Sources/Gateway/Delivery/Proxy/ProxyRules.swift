// SPDX-License-Identifier: Apache-2.0
public import Basics

/// The value of a setting `proxy`.
public enum ProxyChoice: Sendable, Hashable {
    /// `none`: no proxy, whatever else is set.
    case direct
    case through(OutgoingProxy)
}

/// Decides which requests go through which proxy.
///
/// A provider's own setting takes precedence, then that of the whole file, then the environment's. Loopback addresses
/// and the hosts of `NO_PROXY` are always reached directly.
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
        // The variable applies to https only.
        case nil: return url.isSecure ? environment.proxy : nil
        }
    }
}

/// The proxy settings of the environment: `https_proxy` or `HTTPS_PROXY`, and `no_proxy` or `NO_PROXY`.
public struct ProxyEnvironment: Sendable, Hashable {
    public let proxy: OutgoingProxy?
    public let exceptions: ProxyExceptions
    /// The variable whose value is not a proxy address; nil for none.
    public let faultyVariable: String?

    /// Lower-case variables take precedence, as in curl; an empty one counts as not set.
    public init(_ variables: [String: String]) {
        func value(_ names: String...) -> (name: String, text: String)? {
            names.lazy.compactMap { name in
                variables[name].flatMap { $0.isEmpty ? nil : (name, $0) }
            }.first
        }
        exceptions = ProxyExceptions(value("no_proxy", "NO_PROXY")?.text ?? "")
        let found = value("https_proxy", "HTTPS_PROXY")
        // curl also accepts an address without a scheme.
        proxy = found.flatMap { OutgoingProxy($0.text.contains("://") ? $0.text : "http://\($0.text)") }
        faultyVariable = proxy == nil ? found?.name : nil
    }
}

/// Sets the proxy of requests that name none.
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
