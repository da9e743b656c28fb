// SPDX-License-Identifier: Apache-2.0
internal import Foundation
internal import JSON

/// Verifies the DKIM signatures of messages with dkimpy, an independent implementation.
package struct DKIMVerifier {
    private let python: String
    private let script: String

    /// Nil when there is no Python with dkimpy; `file` is any file of the repository below `Tests`.
    package init?(file: String = #filePath) {
        guard let python = TestPython.path(importing: "dkim, nacl"),
            let tests = file.range(of: "/Tests/", options: .backwards)
        else { return nil }
        self.python = python
        script = "\(file[..<tests.upperBound])GatewayTests/DKIM/verify.py"
    }

    /// One line for each message that does not have `signatures` valid signatures.
    ///
    /// `records` are the TXT records by name. Messages are named by their label.
    package func problems(
        in messages: [(label: String, content: [UInt8])],
        signatures: Int,
        records: [String: String]
    ) throws -> [String] {
        let folder = FileManager.default.temporaryDirectory.appending(path: "posthaste-dkim-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        // A leftover temporary file does no harm.
        defer { try? FileManager.default.removeItem(at: folder) }
        for (position, message) in messages.enumerated() {
            let label = message.label.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "-" }
            let name = "\(position) \(String(label).prefix(60)).eml"
            try Data(message.content).write(to: folder.appending(path: name))
        }
        let names = JSON.object(JSONObject(records.map { ($0.key, JSON.string($0.value)) }))
        try Data(names.encoded()).write(to: folder.appending(path: "dns.json"))
        let output = try OutsideProgram(python, [script, folder.path, String(signatures)]).output()
        return output.split(separator: "\n").map(String.init)
    }
}
