// SPDX-License-Identifier: Apache-2.0
import Boundary
import OAuth
import Settings

/// Finds files with secrets that other users of this machine may read or change, and suggests commands that restrict them.
enum ExposedFiles {
    /// Platform mounts for a container or a service: the operator cannot change their mode, and no other users exist there.
    private static let mounts = ["/run/secrets/", "/var/run/secrets/", "/run/credentials/"]

    /// One line per file, with the command to run.
    ///
    /// `secrets` are the files that `!file` names; `store` is the database file.
    static func warnings(settings: String, holdsSecrets: Bool, secrets: [String], store: String?) -> [String] {
        var warnings: [String] = []
        if let state = FileState(of: settings) {
            if state.isWritableByOthers {
                warnings.append("\(settings) can be changed by others on this machine: run `chmod go-w \(settings)`")
            }
            // The group of a service may read its settings.
            if holdsSecrets, state.mode & 0o004 != 0 {
                warnings.append(
                    "\(settings) holds secrets and can be read by others on this machine: run `chmod o-rwx \(settings)`"
                )
            }
        }
        let files = secrets + credentials + (store.map { [$0, "\($0)-wal", "\($0).lock"] } ?? [])
        var seen: Set<String> = []
        for path in files where seen.insert(path).inserted && !mounts.contains(where: path.hasPrefix) {
            guard let state = FileState(of: path), !state.isFolder, state.isOpenToOthers else { continue }
            warnings.append("\(path) can be read by others on this machine: run `chmod 600 \(path)`")
        }
        return warnings
    }

    /// Key files and client files; token files have their own warnings.
    private static var credentials: [String] {
        ProcessServices.tokens.requests.flatMap { request -> [String] in
            switch request.place {
            case .serviceAccount(let path): [path]
            case .database, .file: request.credentials.map { [$0] } ?? []
            case .command, .environment, .clientCredentials: []
            }
        }
    }

    /// True when the text of the settings file itself contains a secret value, and not a file or the environment.
    static func holdsSecrets(_ text: String, _ root: SettingsNode, _ paths: Set<String>) -> Bool {
        holdsSecrets(text, root, at: "", isSecret: false, paths)
    }

    private static func holdsSecrets(
        _ text: String,
        _ node: SettingsNode,
        at path: String,
        isSecret: Bool,
        _ paths: Set<String>
    ) -> Bool {
        let isSecret = isSecret || paths.contains(path)
        switch node.value {
        case .null: return false
        case .scalar(let value):
            guard isSecret, value.utf8.count >= 4, !value.hasPrefix("sqlite:") else { return false }
            // A value of several lines is indented in the file.
            return value.split(whereSeparator: \.isNewline).contains { $0.utf8.count >= 4 && text.contains($0) }
        case .list(let items):
            return items.enumerated().contains { position, item in
                holdsSecrets(text, item, at: "\(path)[\(position)]", isSecret: isSecret, paths)
            }
        case .map(let members):
            return members.contains { member in
                let place = path.isEmpty ? member.key : "\(path).\(member.key)"
                return holdsSecrets(text, member.node, at: place, isSecret: isSecret, paths)
            }
        }
    }
}
