// SPDX-License-Identifier: Apache-2.0
import Providers

extension ProviderFactory {
    /// All kinds of providers that come with the gateway.
    static let builtIn = ProviderFactory(
        kinds: builtInProviders,
        hostName: ProcessContext.hostName,
        clients: ProcessServices.clients
    )
}
