// SPDX-License-Identifier: Apache-2.0

/// What a gateway knows about the alerts of one name.
package struct AlertDefinition: Sendable {
    package let name: AlertName
    /// The event name when an alert is resolved.
    package let resolvedName: String
    /// True when the subject of its keys is a provider, or a pair that begins with one.
    package let concernsProvider: Bool
    /// How long a gateway that does not see an open alert has to run before it takes the alert for resolved.
    ///
    /// A process that has just started has observed nothing. The alerts of the core have conditions of their own instead
    /// (``AlertRules``).
    package let settlingTime: Duration
    private let title: @Sendable (_ subject: String) -> String

    /// Defines the alerts of a name.
    ///
    /// `resolvedName` is the name with `_over` by default. `resolvedTitle` gets the subject of a key and says what works again once
    /// that alert is resolved, in a few words without an end mark.
    package init(
        _ name: AlertName,
        resolvedName: String? = nil,
        concernsProvider: Bool = false,
        settlingTime: Duration = .seconds(120),
        resolvedTitle: @escaping @Sendable (_ subject: String) -> String
    ) {
        self.name = name
        self.resolvedName = resolvedName ?? "\(name.rawValue)_over"
        self.concernsProvider = concernsProvider
        self.settlingTime = settlingTime
        title = resolvedTitle
    }

    /// What works again once the alert with this key is resolved.
    func resolvedTitle(_ key: AlertKey) -> String { title(key.subject) }

    /// The provider that the alert with this key is about; nil when it is about none.
    func provider(_ key: AlertKey) -> String? {
        concernsProvider ? key.subject.split(separator: "/").first.map(String.init) : nil
    }
}

extension AlertDefinition {
    /// The alerts of the core, in the order in which settings and metrics list them.
    package static let core: [AlertDefinition] =
        [
            AlertDefinition(.providerDown, resolvedName: "provider_back", concernsProvider: true) {
                "Provider \($0) is back"
            },
            AlertDefinition(.providerMisconfigured, concernsProvider: true) {
                "Provider \($0) no longer refuses what is set up"
            },
            AlertDefinition(.providerLimited, concernsProvider: true) { "Provider \($0) takes mail again" },
            AlertDefinition(.failover, concernsProvider: true) { pair in
                let names = pair.split(separator: "/")
                return "Mail no longer fails over from \(names.first ?? "") to \(names.last ?? "")"
            },
            AlertDefinition(.tokenFailing, concernsProvider: true) { "Tokens of provider \($0) are renewed again" },
            AlertDefinition(.grantDead, concernsProvider: true) { "The grant of provider \($0) is good again" },
            AlertDefinition(.grantEnding, concernsProvider: true) {
                "The grant of provider \($0) is not about to end any more"
            },
            AlertDefinition(.queueAge) { "Mail of lane \($0) no longer waits for long" },
            AlertDefinition(.manyFailures) { _ in "Most mail succeeds again" },
            AlertDefinition(.nothingSent) { _ in "Mail leaves again" },
            AlertDefinition(.uncertainMail) { _ in "No mail is held as uncertain any more" },
            AlertDefinition(.storeUnreachable) { _ in "The store can be reached again" },
            AlertDefinition(.canaryAbsent, concernsProvider: true) {
                "The canary of provider \($0) gets through again"
            },
            AlertDefinition(.webhookDown, resolvedName: "webhook_back") { "Webhook \($0) takes events again" },
        ]
}

/// The alerts that a gateway knows: those of the core, then those of its features.
package struct AlertCatalog: Sendable {
    private let definitions: [AlertDefinition]

    package init(features: [AlertDefinition] = []) {
        definitions = AlertDefinition.core + features
    }

    package var names: [AlertName] { definitions.map(\.name) }

    package func knows(_ name: AlertName) -> Bool { definitions.contains { $0.name == name } }

    /// The definition of a name; a plain one for a name that only a store or a feature without a definition has.
    func definition(_ name: AlertName) -> AlertDefinition {
        definitions.first { $0.name == name }
            ?? AlertDefinition(name) { subject in
                "The alert \(name.rawValue) is over\(subject.isEmpty ? "" : " for \(subject)")"
            }
    }
}
