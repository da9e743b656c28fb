// SPDX-License-Identifier: Apache-2.0
internal import Gateway
internal import HTTPTypes

extension Call {
    /// Refuses a form that a page of another site made a browser send.
    ///
    /// Browsers say where a form stood: in `Sec-Fetch-Site`, or, older ones, in `Origin` (https://www.w3.org/TR/fetch-metadata/). What
    /// says neither is no browser, or one that was told to say nothing. `publicURL` is how the server is reached from outside.
    package func refuseOtherSites(publicURL: String) throws(Refusal) {
        if let site = fields[.secFetchSite] {
            guard site == "same-origin" || site == "none" else { throw Refusal(.otherSite) }
            return
        }
        guard let origin = fields[.origin]?.lowercased(), origin != "null" else { return }
        let own =
            [HTTPURL(publicURL)?.origin]
            + ["https://", "http://"].map { scheme in authority.map { scheme + $0.lowercased() } }
        guard own.contains(origin) else { throw Refusal(.otherSite) }
    }
}

extension HTTPField.Name {
    fileprivate static let secFetchSite = HTTPField.Name(constant: "Sec-Fetch-Site")
}
