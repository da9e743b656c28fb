// SPDX-License-Identifier: Apache-2.0
import Gateway
import Providers

extension ProviderWorkshop {
    /// All kinds of providers that come with the gateway, speaking through libcurl.
    static let builtIn = ProviderWorkshop(kinds: builtInProviders, hostName: Machine.hostName) { CurlSMTP($0) }
}
