// SPDX-License-Identifier: Apache-2.0
package import Basics
package import Delivery
package import Settings

extension HTTPHeader {
    /// `Authorization: Basic …` (RFC 7617 section 2).
    package static func basic(_ username: String, _ password: Secret) -> HTTPHeader {
        HTTPHeader("Authorization", "Basic \(Base64.encode(Array("\(username):\(password.exposed)".utf8)))")
    }
}

extension SettingsReader {
    /// Notes a fault when the address under `api_url` ends in the service's version path, which the kind adds itself.
    package func refuseVersionPath(_ versions: String..., of url: HTTPURL?) {
        guard let last = url?.target.split(separator: "/").last, versions.contains(String(last)) else { return }
        note("the kind adds /\(last) to the address itself", key: "api_url", remedy: "leave out /\(last)")
    }
}
