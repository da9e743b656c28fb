// SPDX-License-Identifier: Apache-2.0
import Gateway
import JSON

/// Reads the bodies of the two calls; 422 with all faults at once.
enum ResetForm {
    static func address(_ body: JSON) throws(Problem) -> EmailAddress {
        let fields = try fields(body, known: ["email"])
        guard let text = fields["email"]?.string, text.utf8.count <= 254 else {
            throw .invalidRequest([Problem.Fault(.root.appending("email"), "An email address is needed.")])
        }
        do throws(AddressFault) {
            return try EmailAddress(parsing: text.trimmed)
        } catch {
            throw .invalidRequest([Problem.Fault(.root.appending("email"), "This is no email address.")])
        }
    }

    static func confirmation(_ body: JSON) throws(Problem) -> (token: String, password: Secret) {
        let fields = try fields(body, known: ["token", "new_password"])
        var faults: [Problem.Fault] = []
        if fields["token"]?.string == nil {
            faults.append(Problem.Fault(.root.appending("token"), "The token of the link is needed."))
        }
        if fields["new_password"]?.string == nil {
            faults.append(Problem.Fault(.root.appending("new_password"), "The new password is needed."))
        }
        guard let token = fields["token"]?.string, let password = fields["new_password"]?.string else {
            throw .invalidRequest(faults)
        }
        return (token, Secret(password))
    }

    private static func fields(_ body: JSON, known: [String]) throws(Problem) -> JSONObject {
        guard let fields = body.object else { throw .invalidRequest([Problem.Fault(.root, "An object is needed.")]) }
        let unknown = fields.keys.filter { !known.contains($0) }
        guard unknown.isEmpty else {
            throw .invalidRequest(unknown.map { Problem.Fault(.root.appending($0), "There is no such field.") })
        }
        return fields
    }
}

extension String {
    /// Without blanks at both ends.
    fileprivate var trimmed: String {
        let blank: (Character) -> Bool = { $0 == " " || $0 == "\t" || $0 == "\r\n" || $0 == "\n" || $0 == "\r" }
        return String(drop(while: blank).reversed().drop(while: blank).reversed())
    }
}
