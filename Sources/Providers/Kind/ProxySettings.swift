// SPDX-License-Identifier: Apache-2.0
import Basics
public import Delivery
import OAuth
public import Settings

extension SettingsReader {
    /// The setting `proxy`; nil when it is absent or invalid.
    ///
    /// It may hold a password, so its value is never printed.
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
    /// Notes an environment variable with an invalid proxy, for files without a proxy setting.
    package func check(_ environment: ProxyEnvironment) {
        guard let name = environment.faultyVariable else { return }
        note(
            "the environment variable \(name) holds no address of a proxy",
            remedy: "write it like http://proxy.example.org:3128, unset it, or set `proxy: none`"
        )
    }
}
