// SPDX-License-Identifier: Apache-2.0
import Foundation
import GatewayTesting
import Testing

/// The Debian package, built from the binary under test, and installed below a temporary root.
@Suite(.timeLimit(.minutes(5))) struct PackageTests {
    private let folder: TemplatesFolder
    private let package: String

    init() throws {
        folder = try TemplatesFolder()
        let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../ops/package")
        let made = try OutsideProgram(
            "/usr/bin/env",
            [
                "POSTHASTE_COMPRESSION=none", script.standardizedFileURL.path(percentEncoded: false),
                Posthaste.binary.path(percentEncoded: false), folder.path,
            ]
        )
        try #require(made.code == 0, "\(made.said)")
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".deb") }
        package = "\(folder.path)/\(try #require(names.first))"
    }

    private func shell(_ script: String) throws -> String {
        let program = try OutsideProgram("/bin/bash", ["-euc", script], in: folder.path)
        try #require(program.code == 0, "\(script)\n\(program.said)")
        return program.said
    }

    @Test func packageIsInstalledAndRemoved() throws {
        let root = "\(folder.path)/root"
        let dpkg = "dpkg --root=\(root) --log=/dev/null --force-not-root --force-depends --force-script-chrootless"
        _ = try shell("mkdir -p \(root)/var/lib/dpkg/{info,updates} && touch \(root)/var/lib/dpkg/status")
        _ = try shell("\(dpkg) -i \(package)")
        let binary = "\(root)/usr/bin/posthaste"
        let version = try shell("\(binary) --version").split(separator: "\n").first
        #expect(try shell("dpkg-deb -f \(package) Version").split(separator: "\n").first == version)
        #expect(
            try folder.read("root/usr/lib/systemd/system/posthaste.service").contains(
                "ExecStart=/usr/bin/posthaste serve"
            )
        )
        let first =
            "init --config \(root)/etc/posthaste/posthaste.yaml --store sqlite:\(root)/var/lib/posthaste/posthaste.db"
        _ = try shell("\(binary) \(first) && \(binary) doctor --config \(root)/etc/posthaste/posthaste.yaml")
        _ = try shell("\(dpkg) -r posthaste && \(dpkg) -P posthaste")
        #expect(!FileManager.default.fileExists(atPath: binary))
        #expect(!FileManager.default.fileExists(atPath: "\(root)/usr/lib/systemd/system/posthaste.service"))
        for kept in ["etc/posthaste/posthaste.yaml", "var/lib/posthaste/posthaste.db"] {
            #expect(FileManager.default.fileExists(atPath: "\(root)/\(kept)"), "\(kept)")
        }
    }

    /// The script below a temporary folder, with a `chown` that needs no such user.
    @Test func upgradeLeavesTheFoldersToTheAdministrator() throws {
        let root = "\(folder.path)/machine"
        _ = try shell("dpkg-deb -e \(package) control && mkdir -p bin \(root)/etc \(root)/var/lib")
        for command in ["chown", "getent", "adduser", "systemctl"] {
            _ = try shell("printf '#!/bin/sh\\n' > bin/\(command) && chmod +x bin/\(command)")
        }
        _ = try shell("sed 's#/etc/posthaste#\(root)&#g; s#/var/lib/posthaste#\(root)&#g' control/postinst > script")
        func modes(after version: String) throws -> [String] {
            _ = try shell("PATH=\(folder.path)/bin:$PATH sh script configure \(version)")
            return try shell("stat -c %a \(root)/etc/posthaste \(root)/var/lib/posthaste").split(separator: "\n").map(
                String.init
            )
        }
        #expect(try modes(after: "") == ["750", "750"])
        _ = try shell("chmod 0755 \(root)/etc/posthaste && rmdir \(root)/var/lib/posthaste")
        #expect(try modes(after: "0.9") == ["755", "750"])
    }

    @Test func packageHasWhatBelongsToACommand() throws {
        let content = try shell("dpkg-deb --fsys-tarfile \(package) | tar -tv")
        let files = [
            "usr/bin/posthaste", "usr/lib/sysusers.d/posthaste.conf", "usr/share/bash-completion/completions/posthaste",
            "usr/share/zsh/vendor-completions/_posthaste", "usr/share/fish/vendor_completions.d/posthaste.fish",
            "usr/share/doc/posthaste/README.Debian", "usr/share/doc/posthaste/configuration.md",
            "usr/share/doc/posthaste/copyright", "usr/share/doc/posthaste/changelog.gz",
            "usr/share/posthaste/templates/receipt/template.yaml",
        ]
        for file in files { #expect(content.contains(" ./\(file)\n"), "\(file)") }
        for line in content.split(separator: "\n") { #expect(line.contains(" root/root "), "\(line)") }
        _ = try shell("dpkg-deb -x \(package) tree")
        _ = try shell("bash -n tree/usr/share/bash-completion/completions/posthaste")
        let page = try shell("gunzip -c tree/usr/share/man/man1/posthaste.1.gz")
        for words in [".TH POSTHASTE 1", ".SS keys create\n", "\\fB\\-\\-scopes\\fR", ".SS templates new\n"] {
            #expect(page.contains(words), "\(words)")
        }
        // Each command of `--help` is in the page.
        for command in try Posthaste.run(["--help"], in: folder.path).output.split(separator: "\n") {
            guard command.hasPrefix("  "), !command.hasPrefix("   "), !command.hasPrefix("  -") else { continue }
            let name = command.dropFirst(2).prefix { $0 != " " }
            #expect(["help", "See"].contains(name) || page.contains(".SS \(name)"), "\(name)")
        }
    }
}
