// SPDX-License-Identifier: Apache-2.0
import Providers

extension ProviderWorkshop {
    /// All kinds of providers that come with the gateway.
    static let builtIn = ProviderWorkshop(
        kinds: builtInProviders,
        hostName: Machine.hostName,
        clients: OutsideWorld.clients
    )
}
