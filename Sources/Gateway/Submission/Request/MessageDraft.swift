// SPDX-License-Identifier: Apache-2.0
package import Basics
package import JSON
package import Queue

/// A send request that was checked and can be stored.
package struct MessageDraft: Sendable {
    package var request: StoredRequest
    /// The template that ``StoredRequest/Content/template(name:version:locale:data:)`` names.
    package var template: (any MailTemplate)?
    /// The values of secret variables, which nothing but ``SecretSealing`` may see; empty when there are none.
    package var secrets: JSONObject
    /// What ``StoredRequest/attachments`` refers to.
    package var attachments: [ContentHash: [UInt8]]

    package init(
        request: StoredRequest,
        template: (any MailTemplate)? = nil,
        secrets: JSONObject = JSONObject(),
        attachments: [ContentHash: [UInt8]] = [:]
    ) {
        self.request = request
        self.template = template
        self.secrets = secrets
        self.attachments = attachments
    }
}

extension MessageDraft: CustomStringConvertible, CustomReflectable {
    /// Says nothing of the content, so that no log can hold a secret.
    package var description: String { "MessageDraft(brand: \(request.brand))" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
