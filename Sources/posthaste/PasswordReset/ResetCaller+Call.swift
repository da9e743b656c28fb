// SPDX-License-Identifier: Apache-2.0
import HTTPTypes
import PasswordReset
import Server

extension ResetCaller {
    /// Whoever made a call; `locales` are those of which there are translations.
    init(_ call: Call, locales: () -> [String]) {
        let locale = call.fields[.acceptLanguage].flatMap { AcceptLanguage.choose($0, among: locales()) }
        guard let client = call.client else {
            // The other end of a Unix socket is on this machine.
            self.init(client: "local", network: "local", locale: locale)
            return
        }
        self.init(
            client: client.description,
            network: client.client.description,
            origin: client.isLoopback ? nil : client.roughly,
            locale: locale
        )
    }
}

extension IPAddress {
    /// The network of an Internet provider's customers, for people: the first three numbers of IPv4, the /48 of IPv6.
    fileprivate var roughly: String {
        let separator: Character = isIPv4 ? "." : ":"
        return description.split(separator: separator).prefix(3).joined(separator: String(separator)) + "\(separator)…"
    }
}
