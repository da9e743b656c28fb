// SPDX-License-Identifier: Apache-2.0
import Basics
import Delivery
import Mail

/// Hands each message to a plugin: a program that is kept running, or an address.
struct PluginProvider: StartableProvider, SelfTestingProvider {
    /// What makes a running plugin another one when it changes.
    struct Identity: Sendable, Hashable {
        enum Way: Sendable, Hashable {
            case program([String])
            case address(PluginEndpoint)
        }

        let way: Way
        /// The first thing the plugin hears: its name and its settings.
        let hello: [UInt8]
    }

    private let identity: Identity
    private let link: any PluginLink
    private let timeout: Duration
    private let mask: SecretWords

    init(_ identity: Identity, link: any PluginLink, timeout: Duration, mask: SecretWords) {
        self.identity = identity
        self.link = link
        self.timeout = timeout
        self.mask = mask
    }

    var capabilities: Capabilities { declaration?.capabilities ?? [] }
    var declaration: ServiceDeclaration? { link.declaration.value }

    func start(changed: @escaping @Sendable () -> Void) { link.start(changed: changed) }
    func stop(afterCalls: Bool) async { await link.stop(afterCalls: afterCalls) }

    func continuing(_ earlier: any Provider) -> (any Provider)? {
        guard let earlier = earlier.unwrapped(as: PluginProvider.self), earlier.identity == identity else { return nil }
        return PluginProvider(identity, link: earlier.link, timeout: timeout, mask: mask)
    }

    func verdictsOnOwnLaws() async -> [LawVerdict] { await link.verdicts() }

    func send(_ message: OutgoingMessage) async throws(DeliveryError) -> Receipt {
        switch try await link.call(.send(message), timeout: timeout) {
        case .accepted(let id, let refused): return try receipt(id, refused, message)
        case .failed(let failure): throw error(failure)
        // A link lets no answer of another kind through.
        case .ok: throw DeliveryError(.uncertain, code: "plugin.no_answer", detail: "the plugin answered a probe")
        }
    }

    func probe() async throws(DeliveryError) {
        if case .failed(let failure) = try await link.call(.probe, timeout: timeout) { throw error(failure) }
    }

    private func receipt(
        _ id: String?,
        _ refused: [PluginRefusal],
        _ message: OutgoingMessage
    ) throws(DeliveryError) -> Receipt {
        var refusals: [Receipt.Refusal] = []
        var strangers = 0
        for refusal in refused {
            let wanted = refusal.address.lowercased()
            guard let address = message.envelope.first(where: { $0.description.lowercased() == wanted }) else {
                strangers += 1
                continue
            }
            guard !refusals.contains(where: { $0.address == address }) else { continue }
            let detail = refusal.detail.map(mask.masked) ?? "the plugin refused this recipient"
            let error = DeliveryError(.rejected, scope: .message, code: "plugin.refused", detail: detail)
            refusals.append(Receipt.Refusal(address: address, error: error))
        }
        if let first = refusals.first, refusals.count == Set(message.envelope).count { throw first.error }
        let note = strangers == 0 ? nil : "\(strangers) refused addresses are no recipients of the message"
        return Receipt(id: id, refusals: refusals, detail: note)
    }

    private func error(_ failure: PluginFailure) -> DeliveryError {
        DeliveryError(
            failure.kind,
            scope: failure.scope,
            code: failure.code.flatMap(Self.code) ?? "plugin.failed",
            detail: failure.detail.map { ServiceAnswer.line(mask.masked($0)) } ?? "the plugin did not say why",
            remedy: failure.remedy.map { ServiceAnswer.line(mask.masked($0)) }
        )
    }

    /// The code of a plugin, which becomes a label of metrics; nil when it is not one word.
    private static func code(_ text: String) -> String? {
        let isWord = text.utf8.allSatisfy { $0.isASCIIAlphanumeric || "_-.".utf8.contains($0) }
        return isWord && (1...64).contains(text.utf8.count) ? text : nil
    }
}
