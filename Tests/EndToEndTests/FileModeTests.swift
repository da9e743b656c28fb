// SPDX-License-Identifier: Apache-2.0
import Foundation
import GatewayTesting
import Testing

/// The modes of the gateway's files, and its warnings about files that others may read.
@Suite struct FileModeTests {
    private static func mode(_ path: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    }

    @Test func whatInitMakesIsPrivate() throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "posthaste-modes-\(UUID().uuidString)")
        let folder = path.path(percentEncoded: false)
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        #expect(try Posthaste.run(["init", "--json"], in: folder).code == 0)
        #expect(try Self.mode("\(folder)/posthaste.yaml") == 0o640)
        #expect(try Self.mode("\(folder)/secrets") == 0o700)
        #expect(try Self.mode("\(folder)/secrets/sealing.key") == 0o600)
        #expect(try Self.mode("\(folder)/data") == 0o700)
        #expect(try Self.mode("\(folder)/data/posthaste.db") == 0o600)
    }

    @Test func checkAndDoctorSayWhatIsOpenToOthers() throws {
        let folder = try TestFolder()
        try folder.write(folder.settings(providers: "inbox: { kind: capture }", via: "inbox"))
        try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: folder.settingsFile)
        let quiet = try folder.run("config", "check")
        #expect(!quiet.output.contains("chmod"), "\(quiet.output)")
        let key = "\(folder.path)/secrets/sealing.key"
        for path in [key, "\(folder.path)/data/posthaste.db"] {
            try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path)
        }
        try FileManager.default.setAttributes([.posixPermissions: 0o664], ofItemAtPath: folder.settingsFile)
        for command in [["config", "check"], ["doctor"]] {
            let told = try Posthaste.run(command, in: folder.path).output
            #expect(told.contains("sealing.key can be read by others on this machine: run `chmod 600 "), "\(told)")
            #expect(told.contains("posthaste.db can be read by others on this machine: run `chmod 600 "))
            #expect(told.contains("posthaste.yaml can be changed by others on this machine: run `chmod go-w "))
            #expect(!told.contains("holds secrets"))
        }
    }

    @Test func reloadNamesWhatHasBeenOpenedToOthers() throws {
        let gateway = try ServingGateway(TestFolder())
        let key = "\(gateway.folder.path)/secrets/sealing.key"
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: key)
        gateway.signal(SIGHUP)
        #expect(gateway.logLine(containing: "sealing.key can be read by others on this machine") != nil)
    }

    @Test func settingsThatHoldASecretAreNamed() throws {
        let folder = try TestFolder()
        try folder.write(
            folder.settings(providers: "inbox: { kind: capture }", via: "inbox")
                .replacing("!file secrets/sealing.key", with: "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=")
        )
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: folder.settingsFile)
        let told = try folder.run("config", "check").output
        #expect(
            told.contains("posthaste.yaml holds secrets and can be read by others on this machine: run `chmod o-rwx ")
        )
    }
}
