// SPDX-License-Identifier: Apache-2.0
import Basics
import Delivery
package import Mail
import OAuth
package import Providers
import Queue
import Settings

extension ProviderFactory {
    /// Reads and builds every provider of the file, in its order; faults are noted in the reader.
    func providers(
        _ root: SettingsReader
    ) -> (settings: [ConfiguredProvider], entries: [DeliverySettings.ProviderEntry]) {
        guard let reader = root.map("providers"), !reader.keys.isEmpty else {
            root.note("there is no provider", key: "providers", remedy: "add one, such as `inbox: { kind: capture }`")
            return ([], [])
        }
        let scope = Scope(allowsChaos: root.boolean("allow_chaos") ?? false, hasDKIMKeys: root.node("dkim") != nil)
        var settings: [ConfiguredProvider] = []
        var entries: [DeliverySettings.ProviderEntry] = []
        for name in reader.keys {
            guard let read = provider(name, in: reader, scope) else { continue }
            settings.append(read.settings)
            entries.append(read.entry)
        }
        return (settings, entries)
    }

    /// What the rest of the file means for each provider.
    private struct Scope: Sendable {
        let allowsChaos: Bool
        let hasDKIMKeys: Bool
    }

    private func provider(
        _ name: String,
        in providers: SettingsReader,
        _ scope: Scope
    ) -> (settings: ConfiguredProvider, entry: DeliverySettings.ProviderEntry)? {
        if !Self.isName(name) {
            let remedy = "use letters, digits, `-` and `_`, at most 64 of them"
            providers.note("`\(name)` cannot be the name of a provider", key: name, remedy: remedy)
        }
        guard let node = providers.node(name), let reader = providers.map(name) else {
            providers.note("this provider has no settings", key: name, remedy: "add `kind:` below it")
            return nil
        }
        guard let kind = kind(reader) else { return nil }
        let limits = reader.limits(kind)
        let canary = reader.canary()
        let context = self.context(name, limits.concurrency, scope)
        let showsSecrets = kind.isCapture && reader.boolean("show_secrets") ?? false
        guard let (read, signs) = self.read(kind, reader, context, scope) else { return nil }
        let settings = ConfiguredProvider(
            name: name,
            kind: kind.name,
            limits: limits,
            canary: canary,
            signs: signs,
            node: node.unplaced
        )
        var entry = DeliverySettings.ProviderEntry(
            name: name,
            kind: kind.name,
            isCapture: kind.isCapture,
            limits: limits,
            provider: read.provider(clients)
        )
        entry.showsSecrets = showsSecrets
        entry.events = read.eventReader(clients)
        return (settings, entry)
    }

    /// The settings of a provider, and whether it signs mail with DKIM.
    private func read(
        _ kind: ProviderKind,
        _ reader: SettingsReader,
        _ context: ProviderContext,
        _ scope: Scope
    ) -> (settings: any ProviderSettings, signs: Bool)? {
        let settings = kind.read(reader, context)
        // Read in any case, so that it is no unknown key.
        let signs = signs(kind, reader, settings, scope)
        guard let settings else { return nil }
        guard signs, kind.signing != .wrapped else { return (settings, signs) }
        return (SigningSettings(inner: settings, signers: signers), signs)
    }

    /// Whether mail is signed with DKIM before the provider gets it; a `sign` without effect is a fault.
    private func signs(
        _ kind: ProviderKind,
        _ reader: SettingsReader,
        _ settings: (any ProviderSettings)?,
        _ scope: Scope
    ) -> Bool {
        guard reader.node("sign") != nil else { return kind.signing != .onRequest }
        if kind.signing == .wrapped {
            reader.note("the provider in `wraps` sends the mail", key: "sign", remedy: "write `sign` there")
        } else if let choice = reader.boolean("sign") {
            if let settings, !takesWholeMessages(kind, settings) {
                let problem =
                    "a provider of `kind: \(kind.name)` does not send messages as they are, so none can be signed"
                reader.note(problem, key: "sign", remedy: "remove `sign`")
            } else if choice, !scope.hasDKIMKeys {
                let remedy = "add `dkim:` to the file, or make a key with `posthaste dkim new DOMAIN SELECTOR`"
                reader.note("there is no key to sign with", key: "sign", remedy: remedy)
            }
            return choice
        }
        return false
    }

    private func takesWholeMessages(_ kind: ProviderKind, _ settings: any ProviderSettings) -> Bool {
        kind.signing == .byDefault || !kind.isCapture && settings.provider(clients).capabilities.contains(.rawMIME)
    }

    private func context(_ name: String, _ concurrency: Int, _ scope: Scope) -> ProviderContext {
        let plain = ProviderContext(name: name, concurrency: concurrency, hostName: hostName)
        return ProviderContext(
            name: name,
            concurrency: concurrency,
            hostName: hostName,
            allowsChaos: scope.allowsChaos
        ) { reader in
            kind(reader).flatMap { read($0, reader, plain, scope)?.settings }
        }
    }

    /// The kind of a provider; an unknown kind is noted once, without a fault for each of its keys.
    private func kind(_ reader: SettingsReader) -> ProviderKind? {
        let name = reader.string("kind", required: true)
        if let kind = kinds.first(where: { $0.name == name }) { return kind }
        reader.passOver()
        guard let name else { return nil }
        let known = kinds.map(\.name).joined(separator: ", ")
        let nearest = NearestName.of(name, among: kinds.map(\.name)).map { "did you mean `\($0)`?" }
        reader.note(
            "this version has no kind of provider called `\(name)`",
            key: "kind",
            remedy: nearest ?? "the kinds it has are \(known)"
        )
        return nil
    }

    /// Provider names appear in URLs, logs and metrics.
    private static func isName(_ name: String) -> Bool {
        (1...64).contains(name.utf8.count)
            && name.utf8.allSatisfy { $0.isASCIIAlphanumeric || "-_".utf8.contains($0) }
    }
}

extension SettingsReader {
    func limits(_ kind: ProviderKind) -> ProviderLimits {
        let limits = map("limits")
        return ProviderLimits(
            perSecond: limits?.number("per_second", in: 0.001...100_000) ?? kind.defaultPerSecond,
            perDay: limits?.integer("per_day", in: 1...1_000_000_000),
            concurrency: limits?.integer("concurrency", in: 1...1000) ?? kind.defaultConcurrency
        )
    }

    /// Notes that `key` needs a later version.
    ///
    /// A setting without effect is never accepted silently.
    func refuse(_ key: String, _ what: String) {
        guard node(key) != nil else { return }
        note("this version does not have \(what) yet", key: key, remedy: "remove `\(key)`")
    }
}

/// The dependencies for building providers from their settings.
package struct ProviderFactory: Sendable {
    package let kinds: [ProviderKind]
    /// The name in the greeting of SMTP clients.
    package let hostName: String
    package let clients: ProviderServices
    /// The DKIM signers of the settings that are in effect.
    package let signers: @Sendable () -> [DKIMSigner]

    package init(
        kinds: [ProviderKind],
        hostName: String,
        clients: ProviderServices,
        signers: @escaping @Sendable () -> [DKIMSigner] = { [] }
    ) {
        self.kinds = kinds
        self.hostName = hostName
        self.clients = clients
        self.signers = signers
    }
}

/// The settings of a provider whose mail is signed with DKIM.
private struct SigningSettings: ProviderSettings {
    let inner: any ProviderSettings
    let signers: @Sendable () -> [DKIMSigner]

    var tokens: TokenRequest? { inner.tokens }
    var events: EventVerification? { inner.events }

    func provider(_ services: ProviderServices) -> any Provider { signing(inner.provider(services), services.clock) }
    func eventReader(_ services: ProviderServices) -> (any EventReader)? { inner.eventReader(services) }

    private func signing(_ provider: some Provider, _ clock: @escaping Clock) -> any Provider {
        SigningProvider(provider, signers: signers, clock: clock)
    }
}
