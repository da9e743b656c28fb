// SPDX-License-Identifier: Apache-2.0
import Foundation
import Providers

/// The values that `init` writes into a settings file, and the text of the file.
struct StarterSettings {
    /// The store as named on the command line.
    var store: Store = .text("sqlite:data/posthaste.db")
    var listen = "127.0.0.1:8025"
    var templates = "templates"
    /// The kinds of providers whose settings are written as comments, ready to be filled in.
    var kinds: [ProviderKind] = [.smtp]
    /// For a trial: captured mail shows its secrets, and password reset uses demo users.
    var isTrial = false

    enum Store: Equatable {
        /// Contains no password, or one that comes from the environment.
        case text(String)
        /// Contains a plain-text password, which belongs in a separate file.
        case secret(String)

        /// Decides where the address of a store is written; throws when it is invalid or cannot be written.
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

        /// The password before the `@` or in the parameters; nil when there is none.
        private static func password(in url: String) -> String? {
            guard let scheme = url.firstRange(of: "://"), !url.hasPrefix("sqlite:") else { return nil }
            let rest = url[scheme.upperBound...]
            if let start = rest.firstRange(of: "password=") {
                return String(rest[start.upperBound...].prefix { $0 != "&" })
            }
            // A password may contain an unescaped slash or `@`.
            guard let at = rest.prefix(while: { $0 != "?" }).lastIndex(of: "@"),
                let colon = rest[..<at].firstIndex(of: ":")
            else { return nil }
            let password = rest[rest.index(after: colon)..<at]
            return password.isEmpty ? nil : String(password)
        }
    }

    /// The file for a store address with a password, in the folder of the settings file.
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
            \(samples)

            routes:
              - via: [inbox]           # to send mail: [\(kinds.first?.name ?? "inbox")]

            """ + (isTrial ? Self.trial : "")
    }

    /// Each sample as a provider of its kind's name, in comments.
    private var samples: String {
        kinds.flatMap { kind in
            ["  # \(kind.name):", "  #   kind: \(kind.name)"] + kind.sample.map { "  #   \($0)" }
        }
        .joined(separator: "\n")
    }

    private static let trial = """

        password_reset:
          directory:
            kind: demo               # made-up users, whose passwords are kept nowhere
            users: [Ana <ana@example.org>]

        """

    /// A YAML scalar: plain where that is safe, else quoted.
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
