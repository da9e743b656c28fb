// SPDX-License-Identifier: Apache-2.0
import Delivery
import Providers

extension ProviderFactory {
    /// A factory of all built-in provider kinds.
    static let builtIn = ProviderFactory(
        kinds: builtInProviders,
        hostName: ProcessContext.hostName,
        clients: ProcessServices.clients,
        signers: { ProcessServices.signers.all }
    )
}
