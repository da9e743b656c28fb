// SPDX-License-Identifier: Apache-2.0
import Foundation

/// The folder of a settings file that `init` fills.
struct StarterFolder {
    private let config: ConfigFile
    private let settings: StarterSettings
    /// The files for the templates folder.
    let kit: [StarterFiles.File]

    init(_ config: ConfigFile, _ settings: StarterSettings, kit: [StarterFiles.File]) {
        (self.config, self.settings, self.kit) = (config, settings, kit)
    }

    /// Writes the settings, the sealing key and the other files; throws before the first write when a file exists already.
    ///
    /// An existing sealing key is kept, because the gateways of one store share it. Returns the paths of the written files and of
    /// the created folders.
    func write(sealingKey: String) throws(CommandFailure) -> [String] {
        var files: [(path: String, bytes: [UInt8], mode: Int)] = [(config.path, Array(settings.text.utf8), 0o640)]
        if case .secret(let url) = settings.store {
            files.append((config.path(of: StarterSettings.storeFile), Array("\(url)\n".utf8), 0o600))
        }
        files += kit.map { (config.path(of: "\(settings.templates)/\($0.path)"), $0.bytes, 0o644) }
        try refuse(files.map(\.path).filter(FileManager.default.fileExists))
        let sealing = config.path(of: StarterSettings.sealingFile)
        if !FileManager.default.fileExists(atPath: sealing) {
            files.append((sealing, Array("\(sealingKey)\n".utf8), 0o600))
        }
        var written = Self.missingFolders(around: files.map(\.path))
        do throws(CommandFailure) {
            for file in files {
                written.append(file.path)
                try StarterFiles.write(file.bytes, to: file.path, mode: file.mode)
            }
        } catch {
            remove(written)
            throw error
        }
        return written
    }

    /// Removes the files of ``write(sealingKey:)``; a folder only if it is empty.
    func remove(_ paths: [String]) {
        // The next try reports a path that could not be removed. In reverse order, files are removed before their folder.
        for path in paths.reversed() where (try? FileManager.default.contentsOfDirectory(atPath: path))?.isEmpty ?? true
        {
            try? FileManager.default.removeItem(atPath: path)
        }
    }

    /// Whether the folder `path` contains a file at any depth; false when it does not exist.
    static func hasFiles(_ path: String) -> Bool {
        guard let names = FileManager.default.enumerator(atPath: path) else { return false }
        return names.contains { name in
            guard let name = name as? String else { return false }
            return !InputFile.isFolder("\(path)/\(name)")
        }
    }

    /// The missing parent folders of `paths`, outermost first.
    private static func missingFolders(around paths: [String]) -> [String] {
        var missing: Set<String> = []
        for path in paths {
            var folder = URL(filePath: path).deletingLastPathComponent()
            while !FileManager.default.fileExists(atPath: folder.path(percentEncoded: false)),
                missing.insert(folder.path(percentEncoded: false)).inserted
            {
                folder.deleteLastPathComponent()
            }
        }
        return missing.sorted { $0.utf8.count < $1.utf8.count }
    }

    private func refuse(_ existing: [String]) throws(CommandFailure) {
        guard !existing.isEmpty else { return }
        var remedies = ["move \(existing.count == 1 ? "it" : "them") away"]
        if existing.contains(config.path) { remedies.append("name another settings file with --config") }
        if existing.contains(where: { $0 != config.path }) {
            remedies.append("use the templates that are there with --templates \(settings.templates)")
        }
        throw CommandFailure(
            .failed,
            existing.map { "\($0) is there already" } + ["nothing was written: \(remedies.joined(separator: ", or "))"]
        )
    }
}
