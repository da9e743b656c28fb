// SPDX-License-Identifier: Apache-2.0
public import Basics
public import Delivery
import OAuth
public import Settings

/// The settings that every provider over HTTP has: `api_url`, `timeout`, `proxy` and, where the service tracks, `tracking`.
public struct HTTPSettings: Sendable {
    public static let defaultTimeout = Duration.seconds(30)
    /// The assumed minimum bandwidth in octets per second, for the time limit of a large message.
    static let slowestLine = 256 << 10

    /// Origin and prefix of the service, without its own version path.
    public let apiURL: HTTPURL
    /// The time limit for a call with a small message.
    public let timeout: Duration
    /// False when the service is asked not to track opens and clicks.
    public let isTracked: Bool
    /// The proxy for the service and its tokens; nil for that of the gateway.
    public let proxy: ProxyChoice?

    /// Reads the settings; notes all faults, and returns nil when the address is one of them.
    ///
    /// `defaultURL` is nil when another missing setting, which is noted by the caller, would choose it.
    public init?(_ reader: SettingsReader, defaultURL: String?, hasTracking: Bool = true) {
        proxy = reader.proxy()
        let limit = reader.duration("timeout")
        if let limit, limit <= .zero { reader.note("a time limit is longer than nothing", key: "timeout") }
        timeout = limit ?? Self.defaultTimeout
        isTracked = hasTracking && reader.boolean("tracking") ?? false
        guard let url = reader.serviceURL("api_url", default: defaultURL) else { return nil }
        apiURL = url
    }

    public init(apiURL: HTTPURL, timeout: Duration = defaultTimeout, isTracked: Bool = false, proxy: ProxyChoice? = nil)
    {
        self.apiURL = apiURL
        self.timeout = timeout
        self.isTracked = isTracked
        self.proxy = proxy
    }

    /// The time limit of a call with a body of this many octets.
    public func timeout(forBody octets: Int) -> Duration { timeout + .seconds(octets / Self.slowestLine) }
}

extension SettingsReader {
    /// The address of a service under `key`, to which secrets may be sent; notes the fault of one that may not.
    public func serviceURL(_ key: String, default usual: String?) -> HTTPURL? {
        guard let text = string(key) ?? usual else { return nil }
        let example = usual ?? "https://api.example.org"
        guard let url = HTTPURL(text), !url.target.contains("?") else {
            note("this is no address of an API", key: key, remedy: "leave it out, or write \(example)")
            return nil
        }
        guard url.isSecure || url.isLoopback else {
            note(
                "the credentials could be read on the way to \(url.host)",
                key: key,
                remedy: "use https://; http:// is for this machine alone"
            )
            return nil
        }
        return url
    }
}

extension ProviderServices {
    /// The HTTP client that uses `proxy`; nil is that of the gateway.
    public func http(through proxy: ProxyChoice?) -> any HTTPClient {
        proxy.map { ProxyingClient(base: http, choice: $0) } ?? http
    }
}
