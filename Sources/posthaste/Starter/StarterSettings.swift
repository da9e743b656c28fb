// SPDX-License-Identifier: Apache-2.0
import Foundation

/// What `init` writes into a settings file, and the text of that file.
struct StarterSettings {
    /// The store as it was named on the command line.
    var store: Store = .text("sqlite:data/posthaste.db")
    var listen = "127.0.0.1:8025"
    var templates = "templates"
    /// For trying out: captured mail shows its secrets, and password reset works with made-up users.
    var isTrial = false

    enum Store: Equatable {
        /// Holds no password, or one that the environment gives when the file is read.
        case text(String)
        /// Holds a password in the clear, which belongs into a file of its own.
        case secret(String)

        /// Decides where the address of a store may be written; throws when it is no address, or cannot be written.
        init(_ url: String) throws(CommandFailure) {
            _ = try StoreAddress(url, option: "--store")
            guard let password = Self.password(in: url) else {
                self = .text(url)
                return
            }
            if password.hasPrefix("${"), password.hasSuffix("}") {
                self = .text(url)
            } else if url.contains("${") {
                let remedy = "write the password as ${NAME} too, or write no ${NAME} at all"
                throw CommandFailure(.wrongUsage, ["--store: it mixes ${NAME} with a password in the clear; \(remedy)"])
            } else {
                self = .secret(url)
            }
        }

        /// The password before the `@`, or in the parameters; nil when there is none.
        private static func password(in url: String) -> String? {
            guard let scheme = url.firstRange(of: "://"), !url.hasPrefix("sqlite:") else { return nil }
            let rest = url[scheme.upperBound...]
            if let start = rest.firstRange(of: "password=") {
                return String(rest[start.upperBound...].prefix { $0 != "&" })
            }
            // A password may hold a slash or an @, though it should not.
            guard let at = rest.prefix(while: { $0 != "?" }).lastIndex(of: "@"),
                let colon = rest[..<at].firstIndex(of: ":")
            else { return nil }
            let password = rest[rest.index(after: colon)..<at]
            return password.isEmpty ? nil : String(password)
        }
    }

    /// Where a store's address with a password is kept, beside the settings file.
    static let storeFile = "secrets/store.url"
    static let sealingFile = "secrets/sealing.key"

    var text: String {
        let url = if case .text(let url) = store { Self.scalar(url) } else { "!file \(Self.storeFile)" }
        return """
            # Posthaste. Check this file with `posthaste config check`.
            listen: \(Self.scalar(listen))
            store:
              url: \(url)
            sealing_key: !file \(Self.sealingFile)
            templates: \(Self.scalar(templates))

            providers:
              inbox:
                kind: capture          # keeps mail for looking at; delivers nothing
            \(isTrial ? "    show_secrets: true     # and shows the links and codes in it: for trying out alone\n" : "")\
              # relay:
              #   kind: smtp
              #   url: smtps://smtp.example.org:465
              #   username: posthaste
              #   password: ${SMTP_PASSWORD}

            routes:
              - via: [inbox]

            """ + (isTrial ? Self.trial : "")
    }

    private static let trial = """

        password_reset:
          directory:
            kind: demo               # made-up users, whose passwords are kept nowhere
            users: [Ana <ana@example.org>]

        """

    /// A text as YAML has it: as it is where that is safe, else in quotes.
    private static func scalar(_ text: String) -> String {
        let safe = text.unicodeScalars.allSatisfy { scalar in
            scalar.properties.isAlphabetic || ("0"..."9").contains(scalar)
                || "_./:@?=&%${}~,+-".unicodeScalars.contains(scalar)
        }
        let isPlain = text.first.map { $0.isLetter || $0.isNumber || $0 == "/" || $0 == "." } == true
        if safe, isPlain, text.last != ":" { return text }
        let escaped = text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
        return "\"\(escaped)\""
    }
}
