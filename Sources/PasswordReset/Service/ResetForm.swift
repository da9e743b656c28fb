// SPDX-License-Identifier: Apache-2.0
import Basics
import JSON
import Mail
import Submission

/// Parses the bodies of the two calls; 422 with all faults at once.
struct ResetForm {
    private let fields: JSONObject
    private var faults: [Problem.Fault] = []

    private init(_ body: JSON, known: [String]) throws(Problem) {
        guard let fields = body.object else { throw .invalidRequest([Problem.Fault(.root, "An object is needed.")]) }
        self.fields = fields
        for name in fields.keys where !known.contains(name) { note(name, "There is no such field.") }
    }

    static func address(_ body: JSON) throws(Problem) -> EmailAddress {
        var form = try ResetForm(body, known: ["email"])
        let address = form.address("email")
        guard form.faults.isEmpty, let address else { throw .invalidRequest(form.faults) }
        return address
    }

    static func confirmation(_ body: JSON) throws(Problem) -> (token: String, password: Secret) {
        var form = try ResetForm(body, known: ["token", "new_password"])
        let token = form.text("token", "The token of the link is needed.")
        let password = form.text("new_password", "The new password is needed.")
        guard form.faults.isEmpty, let token, let password else { throw .invalidRequest(form.faults) }
        return (token, Secret(password))
    }

    private mutating func address(_ name: String) -> EmailAddress? {
        guard let text = text(name, "An email address is needed.") else { return nil }
        do throws(FieldError) {
            return try EmailAddress(parsing: text.withoutBlanks)
        } catch {
            note(name, "This is no email address.")
            return nil
        }
    }

    private mutating func text(_ name: String, _ need: String) -> String? {
        let text = fields[name]?.string
        if text == nil { note(name, need) }
        return text
    }

    private mutating func note(_ name: String, _ detail: String) {
        faults.append(Problem.Fault(.root.appending(name), detail))
    }
}

extension String {
    /// The text without ASCII blanks and line ends at both ends.
    fileprivate var withoutBlanks: String {
        let isBlank: (UInt8) -> Bool = { $0 == 0x20 || (0x09...0x0D).contains($0) }
        guard let first = utf8.firstIndex(where: { !isBlank($0) }), let last = utf8.lastIndex(where: { !isBlank($0) })
        else { return "" }
        return String(self[first...last])
    }
}
