// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Basics
import Boundary
import Foundation
import JSON
import Mail

struct DKIMCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dkim",
        abstract: "Keys that sign mail (DKIM).",
        subcommands: [DKIMNew.self]
    )
}

struct DKIMNew: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "new",
        abstract: "Make a key, and print its DNS record and its lines for the settings file.",
        discussion: """
            The key goes to \(DKIMKeyFile.folder)/ beside the settings file, readable by its owner alone, so run this as the user \
            of the gateway. A file that is there already is never written over, and the settings file is not changed.
            """
    )

    @OptionGroup var config: ConfigOptions
    @OptionGroup var output: OutputOptions
    @Argument(help: "The domain that signs: the one after the @ of From addresses, or one above it.")
    var domain: String
    @Argument(help: "The name of the key below the domain, such as ph1; each key has its own.")
    var selector: String
    @Option(help: "rsa (2,048 bits), which every receiver verifies, or ed25519, which some do.")
    var algorithm = DKIMKey.Algorithm.rsa

    func run() async throws {
        let file = try DKIMKeyFile(domain: domain, selector: selector)
        let key: DKIMKey
        do throws(DKIMKeyError) { key = try DKIMKey(new: algorithm) } catch { throw CommandFailure(error.problem) }
        let path = config.file.path(of: file.name)
        try DKIMKeyFile.write(key, to: path)
        show(DKIMSigner(checkedDomain: file.domain, checkedSelector: file.selector, key: key), file, path)
    }

    private func show(_ signer: DKIMSigner, _ file: DKIMKeyFile, _ path: String) {
        let strings = DKIMKeyFile.strings(of: signer.key.record)
        if output.json {
            return Terminal.json([
                "file": .string(path),
                "record": [
                    "name": .string(signer.recordName), "type": "TXT", "value": .string(signer.key.record),
                    "strings": .array(strings.map(JSON.string)),
                ],
                "config": [
                    "domain": .string(file.domain), "selector": .string(file.selector),
                    "key": .string("!file \(file.name)"),
                ],
            ])
        }
        let record = strings.map { "    \"\($0)\"" }.joined(separator: "\n")
        Terminal.line(
            """
            key  \(path)

            1. Publish this DNS record, and wait until `dig +short TXT \(signer.recordName)` shows it:

            \(signer.recordName). IN TXT (
            \(record)
            )

            2. Add the key to \(config.file.path), below the `dkim:` that is there or with it, and reload the gateway:

            \(file.settings)
            """
        )
    }
}

extension DKIMKey.Algorithm: ExpressibleByArgument {}

/// The file of a new key, and its entry in the settings.
struct DKIMKeyFile: Equatable {
    static let folder = "secrets"
    /// RFC 1035 section 3.3.
    private static let longestString = 255

    let domain: String
    let selector: String

    /// Throws all that is wrong with the arguments of the command.
    init(domain: String, selector: String) throws(CommandFailure) {
        var faults: [String] = []
        var ascii = ""
        do throws(FieldError) { ascii = try DKIMName.domain(domain) } catch {
            faults.append("`\(domain)` is no domain: \(error) Write it like example.org")
        }
        let label = DKIMName.selector(selector)
        if label == nil { faults.append("`\(selector)` is no selector: \(DKIMName.selectorRule); write it like ph1") }
        if faults.isEmpty, let label, let fault = DKIMName.fault(selector: label, domain: ascii) {
            faults.append("\(fault); take a shorter selector")
        }
        guard faults.isEmpty, let label else { throw CommandFailure(.wrongUsage, faults) }
        (self.domain, self.selector) = (ascii, label)
    }

    /// The path from the folder of the settings file.
    var name: String { "\(Self.folder)/dkim-\(domain)-\(selector).pem" }

    /// The lines for the settings file.
    var settings: String {
        // Without quotes YAML reads no value there.
        let selector = selector == "null" ? "'null'" : selector
        return """
            dkim:
              - domain: \(domain)
                selector: \(selector)
                key: !file \(name)
            """
    }

    /// Writes a new file with mode 0600, in a folder for its owner alone; throws when the file exists.
    static func write(_ key: DKIMKey, to path: String) throws(CommandFailure) {
        let folder = URL(filePath: path).deletingLastPathComponent().path(percentEncoded: false)
        let rights: [FileAttributeKey: Any] = [.posixPermissions: 0o700]
        do {
            try FileManager.default.createDirectory(
                atPath: folder,
                withIntermediateDirectories: true,
                attributes: rights
            )
        } catch {
            throw CommandFailure("\(folder) cannot be made; check the rights")
        }
        guard PrivateFile.make(path) else {
            if FileManager.default.fileExists(atPath: path) {
                throw CommandFailure("\(path) is there already; take another selector, or move the file away")
            }
            throw CommandFailure("\(path) cannot be written; check the rights of its folder")
        }
        guard let reason = AtomicFile.write(Array(key.pem.exposed.utf8), to: path) else { return }
        // The empty file is of no use; the next try reports one that could not be removed.
        try? FileManager.default.removeItem(atPath: path)
        throw CommandFailure("\(path) cannot be written: \(reason)")
    }

    /// The text of a TXT record in strings of at most 255 octets.
    static func strings(of record: String) -> [String] {
        var rest = record[...]
        var strings: [String] = []
        while !rest.isEmpty {
            strings.append(String(rest.prefix(longestString)))
            rest = rest.dropFirst(longestString)
        }
        return strings
    }
}
