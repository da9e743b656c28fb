// SPDX-License-Identifier: Apache-2.0

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

extension SettingsReader {
    /// The setting `proxy`; nil when it is absent or a fault.
    ///
    /// It may hold a password, so that its value is never printed.
    public func proxy() -> ProxyChoice? {
        guard let text = secret("proxy")?.exposed else { return nil }
        if text == "none" { return .direct }
        if let proxy = OutgoingProxy(text) { return .through(proxy) }
        note(
            "expected the address of a proxy",
            key: "proxy",
            remedy: "write it like http://proxy.example.org:3128 or socks5h://user:password@host:1080, or `none`"
        )
        return nil
    }
}

extension SettingsReader {
    /// Notes a variable of the environment that names no proxy; for files without a setting of their own.
    package func check(_ environment: ProxyEnvironment) {
        guard let name = environment.faultyVariable else { return }
        note(
            "the environment variable \(name) holds no address of a proxy",
            remedy: "write it like http://proxy.example.org:3128, unset it, or set `proxy: none`"
        )
    }
}

extension ProviderContext {
    /// The same with the provider's own setting `proxy`, which holds for its service and for its tokens.
    public func proxied(by settings: SettingsReader) -> ProviderContext {
        guard let choice = settings.proxy() else { return self }
        let clients = clients
        return replacing(
            clients: OutsideClients(
                smtp: clients.smtp,
                http: ProxyingClient(base: clients.http, choice: choice),
                tokens: { request in
                    var request = request
                    request.proxy = choice
                    return clients.tokens(request)
                },
                clock: clients.clock
            )
        )
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
