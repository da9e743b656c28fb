// SPDX-License-Identifier: Apache-2.0
import Delivery
import Queue

/// Starts and stops the providers whose service runs beside the gateway.
extension LoadedConfig {
    /// Starts those that do not run; `changed` gets the name of a provider each time it said what it supports.
    func startProviders(changed: @escaping @Sendable (_ provider: String) -> Void) {
        for entry in read.providers {
            entry.startable?.start { [name = entry.name] in changed(name) }
        }
    }

    /// Stops those that `new` does not continue, each when its last attempt has ended.
    func stopProviders(notIn new: LoadedConfig) async {
        let gone = read.providers.filter { entry in
            let successor = new.read.providers.first { $0.name == entry.name }?.startable
            return successor?.continuing(entry.provider) == nil
        }
        await Self.stop(gone, afterCalls: true)
    }

    /// Stops all at once.
    func stopProviders() async { await Self.stop(read.providers, afterCalls: false) }

    private static func stop(_ entries: [DeliverySettings.ProviderEntry], afterCalls: Bool) async {
        await withDiscardingTaskGroup { group in
            for entry in entries {
                guard let provider = entry.startable else { continue }
                group.addTask { await provider.stop(afterCalls: afterCalls) }
            }
        }
    }
}

extension DeliverySettings.ProviderEntry {
    /// The entry with what runs for an earlier one.
    func continuing(_ earlier: DeliverySettings.ProviderEntry) -> DeliverySettings.ProviderEntry {
        var entry = self
        if let provider = startable?.continuing(earlier.provider) { entry.provider = provider }
        return entry
    }
}
