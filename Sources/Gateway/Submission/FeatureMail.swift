// SPDX-License-Identifier: Apache-2.0
package import JSON

/// Mail that a feature of the gateway sends on its own behalf, always from a template.
package struct FeatureMail: Sendable {
    package var template: String
    /// Nil for the default brand.
    package var brand: String?
    package var locale: String?
    /// Variables that are known now; none of them secret.
    ///
    /// Those that the template does not declare are left out, so that operators may write one with fewer.
    package var data: JSONObject
    package var to: Mailbox
    package var priority: Lane
    package var expiresAt: Timestamp?
    /// Extra fields, of those that a sender may set; `Auto-Submitted` stands in every message.
    package var headers: [HeaderField]
    /// Kept with the message, for people; holds no secret.
    package var metadata: [String: String]
    /// Set when some values come at hand-over.
    package var binding: LateBinding?
    /// Set when something has to be decided, or counted, with what is stored already.
    package var admission: Admission?

    package init(
        template: String,
        brand: String? = nil,
        locale: String? = nil,
        data: JSONObject = JSONObject(),
        to: Mailbox,
        priority: Lane = .normal,
        expiresAt: Timestamp? = nil,
        headers: [HeaderField] = [],
        metadata: [String: String] = [:],
        binding: LateBinding? = nil
    ) {
        self.template = template
        self.brand = brand
        self.locale = locale
        self.data = data
        self.to = to
        self.priority = priority
        self.expiresAt = expiresAt
        self.headers = headers
        self.metadata = metadata
        self.binding = binding
    }
}
