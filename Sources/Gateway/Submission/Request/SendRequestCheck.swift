// SPDX-License-Identifier: Apache-2.0
package import Basics
package import Delivery
import JSON
import Mail
package import Queue

/// Makes a draft of a send request, or reports all of its faults.
///
/// Each fault has the place of its field, as a pointer. See ``RequestFaults/problem`` for the status.
package struct SendRequestCheck {
    /// What a request is checked against.
    package struct Context: Sendable {
        var settings: SubmissionSettings
        var templates: any MailTemplates
        var principal: Principal
        var now: Timestamp
        /// False when no sealing key is configured: templates with secret variables cannot be sent then.
        var canSeal: Bool

        package init(
            settings: SubmissionSettings,
            templates: any MailTemplates,
            principal: Principal,
            now: Timestamp,
            canSeal: Bool
        ) {
            self.settings = settings
            self.templates = templates
            self.principal = principal
            self.now = now
            self.canSeal = canSeal
        }
    }

    let request: SendRequest
    let context: Context
    let places: RequestPlaces
    /// Variables that may be missing, because they are bound later.
    var given: Set<String> = []
    /// The attachments of the defaults, for a message of a batch that has none of its own.
    var shared: SharedAttachments?
    var faults: RequestFaults
    var attachments: [ContentHash: [UInt8]] = [:]
    var secrets = JSONObject()

    init(
        _ request: SendRequest,
        in context: Context,
        at places: RequestPlaces = RequestPlaces(),
        faults: RequestFaults = RequestFaults()
    ) {
        self.request = request
        self.context = context
        self.places = places
        self.faults = faults
    }

    /// Reads the JSON of one request, or of one message of a batch at `root`.
    ///
    /// `shared` are the attachments of `defaults`. Throws 422 when `body` is no object.
    init(
        reading body: JSON,
        at root: JSONPointer = .root,
        defaults: JSONObject? = nil,
        shared: SharedAttachments? = nil,
        in context: Context,
        shownFaults: Int = RequestFaults.limit
    ) throws(Problem) {
        guard case .object(let own) = body else {
            throw .invalidRequest([Problem.Fault(root, "expected an object, found \(body.typeName)")])
        }
        var places = RequestPlaces(root: root)
        var fields = own
        if let defaults {
            fields = own.overriding(defaults)
            for (name, _) in fields where own[name] == nil { places.inherited.insert(name) }
        }
        let usesShared = shared != nil && own["attachments"] == nil
        var reader = SendRequestReader(fields, at: places, faults: RequestFaults(shown: shownFaults))
        reader.refuseUnknownFields(of: own, at: root)
        let request = reader.request(via: .api, withAttachments: !usesShared)
        self.init(request, in: context, at: places, faults: reader.faults)
        if usesShared { self.shared = shared }
    }

    /// The draft; throws the problem of ``RequestFaults/problem``.
    mutating func draft() throws(Problem) -> MessageDraft {
        let draft = check()
        if let problem = faults.problem { throw problem }
        // Without a problem there is a draft: whatever prevents one is noted as a fault.
        guard let draft else { throw .invalidRequest([]) }
        return draft
    }

    func place(_ name: String) -> RequestPlace { places.place(name) }

    /// True for a field that was given, even with a value that cannot be read.
    func isGiven(_ name: String, _ value: (some Any)?) -> Bool { value != nil || request.unreadable.contains(name) }

    private mutating func check() -> MessageDraft? {
        let brand = checkedBrand()
        let recipients = checkedRecipients()
        let content = checkedContent(brand: brand.name)
        var category = checkedWord(request.category, "category")
        if !isGiven("category", request.category) { category = content?.template?.category }
        let from = checkedFrom(brand)
        let times = checkedTimes()
        let replyTo = request.replyTo == nil ? brand.replyTo : mailboxes(request.replyTo, "reply_to", limit: 10)
        let priority = checkedPriority() ?? (context.settings.isCritical(category) ? .critical : .normal)
        var stored = from.map { from in
            StoredRequest(from: from, replyTo: replyTo, recipients: recipients, content: .nothing, brand: brand.name)
        }
        stored?.content = content?.content ?? .nothing
        stored?.category = category
        stored?.priority = priority
        stored?.hasTextOnlyTemplate = content?.template.map { !$0.hasHTML } ?? false
        stored?.sendAt = times.sendAt
        stored?.expiresAt = times.expiresAt
        stored?.via = request.via
        checkOptions(into: &stored)
        guard let stored else { return nil }
        checkCapabilities(stored)
        return MessageDraft(request: stored, template: content?.template, secrets: secrets, attachments: attachments)
    }

    private mutating func checkOptions(into stored: inout StoredRequest?) {
        let (tags, metadata, headers) = (checkedTags(), checkedMetadata(), checkedHeaders())
        let references = shared == nil ? checkedAttachments() : takeShared()
        let provider = checkedProvider()
        stored?.tags = tags
        stored?.metadata = metadata
        stored?.headers = headers
        stored?.attachments = references
        stored?.provider = provider
    }

    /// The attachments of the defaults, if there are any.
    private mutating func takeShared() -> [StoredRequest.AttachmentReference] {
        guard let shared else { return [] }
        attachments = shared.contents
        faults.add(shared.faults)
        return shared.references
    }
}

extension StoredRequest.Content {
    /// A placeholder while faults are collected.
    fileprivate static let nothing = Self.literal(subject: "", html: nil, text: nil)
}

/// The part of the configuration that acceptance needs; a value, replaced as a whole on reload.
package struct SubmissionSettings: Sendable {
    package var defaultBrand: String
    package var routes: Routes
    /// The providers by their names; what they can carry may change while they run.
    package var providers: [String: any Provider]
    /// Categories whose mail is critical when the request names no priority.
    package var criticalCategories: Set<String>
    /// False in a process that starts no providers: it leaves the judgement of those that are not ready to a gateway.
    package var startsProviders = true

    package init(
        defaultBrand: String,
        routes: Routes,
        providers: [String: any Provider],
        criticalCategories: Set<String>
    ) {
        self.defaultBrand = defaultBrand
        self.routes = routes
        self.providers = providers
        self.criticalCategories = criticalCategories
    }

    package init(defaultBrand: String, delivery: DeliverySettings, criticalCategories: Set<String>) {
        let providers = delivery.providers.map { ($0.name, $0.provider) }
        self.init(
            defaultBrand: defaultBrand,
            routes: delivery.routes,
            providers: Dictionary(providers) { first, _ in first },
            criticalCategories: criticalCategories
        )
    }

    func isCritical(_ category: String?) -> Bool { category.map(criticalCategories.contains) ?? false }

    /// What a provider supports, as far as it is known.
    func assumedCapabilities(of provider: any Provider) -> Capabilities {
        guard let startable = provider as? any StartableProvider, !startable.isReady else {
            return provider.capabilities
        }
        return startsProviders ? ServiceDeclaration.least : Capabilities(rawValue: .max)
    }

    /// The providers that may carry a routing key, in the order of failover.
    func providers(for routingKey: RoutingKey) -> [any Provider] {
        routes.via(routingKey).providers.compactMap { providers[$0] }
    }
}
