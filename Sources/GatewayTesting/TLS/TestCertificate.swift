// SPDX-License-Identifier: Apache-2.0
internal import Foundation

/// A self-signed certificate and its private key, in two files of a folder.
package struct TestCertificate: Sendable {
    private static let openssl = "/usr/bin/openssl"

    /// False where `openssl` is not installed.
    package static var isAvailable: Bool { FileManager.default.isExecutableFile(atPath: openssl) }

    package let certificate: String
    package let privateKey: String

    /// Writes `NAME.pem` and `NAME.key`.
    ///
    /// `names` are DNS names; 127.0.0.1 is always included. Negative `days` make a certificate
    /// that has expired.
    package init(in folder: String, name: String = "tls", names: [String] = ["localhost"], days: Int = 30) throws {
        certificate = "\(folder)/\(name).pem"
        privateKey = "\(folder)/\(name).key"
        let request = "\(folder)/\(name).csr"
        let extensions = "\(folder)/\(name).ext"
        let alternatives = (names.map { "DNS:\($0)" } + ["IP:127.0.0.1"]).joined(separator: ",")
        try Data("subjectAltName=\(alternatives)\n".utf8).write(to: URL(filePath: extensions))
        _ = try OutsideProgram(
            Self.openssl,
            [
                "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout",
                privateKey,
                "-out", request, "-subj", "/CN=test",
            ]
        ).output()
        _ = try OutsideProgram(
            Self.openssl,
            [
                "x509", "-req", "-in", request, "-signkey", privateKey, "-days", "\(days)", "-extfile", extensions,
                "-out",
                certificate,
            ]
        ).output()
    }
}
